//! A card in production: loaded and proved once, then one lead after another, a line of JSON each.
//!
//! ```sh
//! cargo run --release --no-default-features --example score_service -- card.json < leads.jsonl
//! ```
//!
//! A lead that cannot be scored is answered with the reason; the service goes on.

use std::error::Error;
use std::io::{BufRead, Write};

use bantam::card::Card;
use bantam::score::Scorer;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: score_service CARD")?;
    // A card whose golden rows do not get their points is refused here, before any lead is scored.
    let scorer = Scorer::new(&Card::from_json(&std::fs::read_to_string(path)?)?)?;
    let mut answers = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        writeln!(answers, "{}", answer(&scorer, &line?))?;
        answers.flush()?;
    }
    Ok(())
}

fn answer(scorer: &Scorer, line: &str) -> Value {
    let scored = serde_json::from_str::<Map<String, Value>>(line)
        .map_err(|error| error.to_string())
        .and_then(|lead| scorer.score_lead(&lead).map_err(|error| error.to_string()));
    match scored {
        Ok(scored) => {
            json!({ "score": scored.score, "probability": f64::from(scored.probability_bp) / 1e4, "band": &*scored.band })
        }
        Err(error) => json!({ "error": error }),
    }
}
