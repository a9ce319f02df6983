//! From text to resources: a tree with positions, read into plain types, every finding collected in one go.
//!
//! YAML (feature `yaml`) and JSON load into the same [`Node`], so that both give the same findings.

mod de;
mod json;
mod kinds;
mod loader;
mod misplaced;
mod node;
mod path;
mod reader;
mod similar;
#[cfg(feature = "check")]
mod surroundings;
mod words;

pub use json::JsonSource;
pub use loader::{load_json, mesh_config_from_json};
pub use node::{Entry, Mark, Node, TooDeep, Value};
pub use path::{Path, Segment, parse as parse_path};

#[cfg(feature = "cases")]
pub(crate) use de::ONE_OR_MANY;
#[cfg(feature = "yaml")]
pub(crate) use de::read;
#[cfg(feature = "yaml")]
pub(crate) use loader::{Loader, read_mesh_config};
#[cfg(feature = "yaml")]
pub(crate) use node::MAX_DEPTH;
#[cfg(feature = "yaml")]
pub(crate) use reader::{Fields, Finding};
pub(crate) use similar::nearest;
