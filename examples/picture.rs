//! Draws `docs/run.svg`: a real run of a deck, as its terminal shows it.
//!
//! ```text
//! cargo build && cargo run --example picture -- slides/registry.md docs/run.svg
//! ```

use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1);
    let (Some(deck), Some(picture)) = (args.next(), args.next()) else {
        return Err(io::Error::other("usage: picture DECK PICTURE.svg"));
    };
    // Beside this example's own folder.
    let labrun = env::current_exe()?.with_file_name("../labrun");
    let run = Command::new(labrun).args([&deck, "--color", "always"]).output()?;
    let text = format!("$ labrun {deck}\n{}", String::from_utf8_lossy(&run.stdout));
    fs::write(picture, anstyle_svg::Term::new().min_width_px(720).render_svg(&text))
}
