//! What the tests share: the `Labrun` builder.
