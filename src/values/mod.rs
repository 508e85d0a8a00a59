//! What a person fills in: blanks in a deck, the values for them, and the secrets that no output may show.
