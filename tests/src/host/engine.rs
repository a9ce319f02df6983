//! Compiling a filter once, and starting any number of VMs from it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use wasmtime::{
    Cache, CacheConfig, Config, Engine, InstancePre, Linker, Module, OptLevel, RegallocAlgorithm, Store,
};

use super::error::{HostError, Result};
use super::imports;
use super::state::{VmOptions, VmState};
use super::vm::Vm;

/// A compiled filter.
#[derive(Clone)]
pub struct Host {
    instance: Arc<InstancePre<VmState>>,
}

impl Host {
    /// Compiles a filter.
    ///
    /// The machine code is kept in the user's cache directory, so only the first process that sees a
    /// filter pays for the compilation. `MAINSHEET_NO_CACHE` in the environment turns that off.
    pub fn new(wasm: &[u8]) -> Result<Self> {
        let engine = engine()?;
        let module = Module::new(engine, wasm).map_err(|error| HostError::Compile(format!("{error:#}")))?;
        let linker = imports::linker(engine).map_err(|error| HostError::Engine(format!("{error:#}")))?;
        let unknown = unknown_imports(&linker, &module);
        if !unknown.is_empty() {
            return Err(HostError::UnknownImports(unknown));
        }
        let instance = linker.instantiate_pre(&module);
        let instance = instance.map_err(|error| HostError::Instantiate(format!("{error:#}")))?;
        Ok(Self {
            instance: Arc::new(instance),
        })
    }

    /// Starts a VM: `_initialize` or `_start`, then the root context, then `proxy_on_vm_start`.
    pub fn vm(&self, options: VmOptions) -> Result<Vm> {
        Vm::start(&self.instance, options)
    }
}

/// All hosts of one process share one engine.
fn engine() -> Result<&'static Engine> {
    static ENGINE: OnceLock<std::result::Result<Engine, String>> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| new_engine().map_err(|error| format!("{error:#}")));
    engine
        .as_ref()
        .map_err(|message| HostError::Engine(message.clone()))
}

fn new_engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.cache(cache());
    // Whoever asks for one decision waits for the compiler, not for the filter.
    config.cranelift_opt_level(OptLevel::None);
    config.cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
    Engine::new(&config)
}

/// A cache that cannot be used is no reason to fail.
fn cache() -> Option<Cache> {
    if std::env::var_os("MAINSHEET_NO_CACHE").is_some() {
        return None;
    }
    let mut config = CacheConfig::new();
    config.with_directory(cache_directory()?.join("modules"));
    Cache::new(config).ok()
}

/// Where this user keeps what can be fetched or computed again.
pub(crate) fn cache_directory() -> Option<PathBuf> {
    let absolute = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(base.join("mainsheet"))
}

fn unknown_imports(linker: &Linker<VmState>, module: &Module) -> Vec<String> {
    let mut store = Store::new(module.engine(), VmState::new(VmOptions::default()));
    let imports = module.imports();
    let unknown = imports.filter(|import| linker.get_by_import(&mut store, import).is_none());
    unknown
        .map(|import| format!("{}.{}", import.module(), import.name()))
        .collect()
}
