//! `mainsheet explain`: which rule decides a request, why no other does, and what then happens. Decided by the embedded
//! filter, so the answer is the one that production gives.

mod args;
mod data;
mod engine;
mod many;
mod page;
mod requests;
mod story;
mod words;

pub use args::ExplainArgs;

use crate::error::Result;
use crate::output;
use crate::resolve::load;
use engine::Engine;

/// Runs `mainsheet explain`.
pub fn run(args: &ExplainArgs) -> Result<()> {
    let asked = args.asked()?;
    let (loaded, mesh) = load(&args.input())?;
    let engine = Engine::start(args, &loaded, &mesh)?;
    let text = match asked {
        args::Asked::One(request) => {
            let answer = engine.ask(*request)?;
            if args.json {
                data::json(&engine, &answer)?
            } else {
                args.print(&story::page(&engine, &answer))
            }
        }
        args::Asked::Many(many) => {
            let answers = many::ask(&engine, &many)?;
            let text = if args.json {
                answers.json(&engine)?
            } else {
                args.print(&answers.page(&engine))
            };
            answers.note_unread();
            text
        }
    };
    output::line(text);
    Ok(())
}
