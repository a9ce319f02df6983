//! How long a filter takes from its bytes to a running VM: `compile_time <file.wasm>`.
#![expect(clippy::print_stdout, reason = "it is a command")]

use std::error::Error;
use std::time::Instant;

use mainsheet_tests::host::{Host, VmOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a .wasm file")?;
    let wasm = std::fs::read(&path)?;
    let started = Instant::now();
    let host = Host::new(&wasm)?;
    println!("compile {} bytes: {:?}", wasm.len(), started.elapsed());
    let started = Instant::now();
    host.vm(VmOptions::default())?;
    println!("start a VM: {:?}", started.elapsed());
    Ok(())
}
