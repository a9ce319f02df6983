//! What all host calls have in common: counting, faults, and the memory of the module.

use wasmtime::{Caller, Memory};

use crate::host::inject::Injected;
use crate::host::state::VmState;
use crate::host::status::Status;

/// How a host call ends without success.
pub(super) enum Stop {
    /// The filter gets this status.
    Status(Status),
    /// The VM ends.
    Trap(wasmtime::Error),
}

impl From<Status> for Stop {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

/// A host call that is running.
pub(super) struct Call<'a> {
    caller: Caller<'a, VmState>,
    memory: Memory,
}

/// Counts the call, fails it if a fault says so, else runs it.
pub(super) fn run(
    mut caller: Caller<'_, VmState>,
    name: &'static str,
    body: impl FnOnce(&mut Call<'_>) -> Result<(), Stop>,
) -> wasmtime::Result<u32> {
    let state = caller.data_mut();
    state.count(name);
    match state.faults.on_call(name) {
        Some(Injected::Status(status)) => return Ok(status as u32),
        Some(Injected::Trap) => return Err(wasmtime::Error::msg(format!("injected trap in {name}"))),
        None => {}
    }
    let Some(memory) = state.memory else {
        return Err(wasmtime::Error::msg(
            "a host call before the instance is complete",
        ));
    };
    match body(&mut Call { caller, memory }) {
        Ok(()) => Ok(Status::Ok as u32),
        Err(Stop::Status(status)) => Ok(status as u32),
        Err(Stop::Trap(error)) => Err(error),
    }
}

impl Call<'_> {
    pub(super) fn state(&mut self) -> &mut VmState {
        self.caller.data_mut()
    }

    pub(super) fn bytes(&self, at: u32, length: u32) -> Result<Vec<u8>, Stop> {
        let end = (at as usize).saturating_add(length as usize);
        let bytes = self.memory.data(&self.caller).get(at as usize..end);
        Ok(bytes.ok_or(Status::InvalidMemoryAccess)?.to_vec())
    }

    pub(super) fn text(&self, at: u32, length: u32) -> Result<String, Stop> {
        Ok(String::from_utf8_lossy(&self.bytes(at, length)?).into_owned())
    }

    pub(super) fn u32_at(&self, at: u32) -> Result<u32, Stop> {
        let bytes = self.bytes(at, 4)?;
        let bytes = bytes.first_chunk().ok_or(Status::InvalidMemoryAccess)?;
        Ok(u32::from_le_bytes(*bytes))
    }

    pub(super) fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Stop> {
        let written = self.memory.write(&mut self.caller, at as usize, bytes);
        written.map_err(|_| Stop::Status(Status::InvalidMemoryAccess))
    }

    pub(super) fn write_u32(&mut self, at: u32, value: u32) -> Result<(), Stop> {
        self.write(at, &value.to_le_bytes())
    }

    pub(super) fn write_u64(&mut self, at: u32, value: u64) -> Result<(), Stop> {
        self.write(at, &value.to_le_bytes())
    }

    /// Hands bytes over in memory that the module allocates; no bytes are a null pointer.
    pub(super) fn give(&mut self, bytes: &[u8], pointer_at: u32, size_at: u32) -> Result<(), Stop> {
        let pointer = if bytes.is_empty() {
            0
        } else {
            self.allocate(bytes)?
        };
        self.write_u32(pointer_at, pointer)?;
        self.write_u32(size_at, bytes.len() as u32)
    }

    fn allocate(&mut self, bytes: &[u8]) -> Result<u32, Stop> {
        let allocate = self.state().allocate.clone().ok_or(Status::InternalFailure)?;
        let pointer = allocate
            .call(&mut self.caller, bytes.len() as u32)
            .map_err(Stop::Trap)?;
        self.write(pointer, bytes)?;
        Ok(pointer)
    }
}
