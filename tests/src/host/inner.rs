//! Entering the VM, and settling what the filter asked for once it returned.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::{Store, TypedFunc, WasmParams, WasmResults};

use super::context::{Context, Flow, Kind};
use super::error::{HostError, Result};
use super::exports::Exports;
use super::state::{Deferred, VmState};
use super::status::StreamType;

/// What a `Vm` and its streams share.
pub(super) struct Inner {
    pub(super) store: Store<VmState>,
    pub(super) exports: Exports,
    /// The root that new streams belong to.
    pub(super) active_root: u32,
    pub(super) configured: bool,
    pub(super) next_id: u32,
    pub(super) dead: Option<String>,
}

/// A handle on the inner part.
pub(super) type Shared = Arc<Mutex<Inner>>;

/// A panic of another test thread leaves the VM as it was.
pub(super) fn lock(shared: &Shared) -> MutexGuard<'_, Inner> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one direction does after a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Continue,
    Pause,
}

impl Inner {
    pub(super) fn state(&mut self) -> &mut VmState {
        self.store.data_mut()
    }

    pub(super) fn new_context(&mut self, kind: impl FnOnce(u32) -> Context) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        let context = kind(id);
        self.state().contexts.insert(id, context);
        id
    }

    /// Runs one callback; the effects it deferred are still waiting afterwards.
    pub(super) fn enter<P: WasmParams, R: WasmResults>(
        &mut self,
        context: u32,
        name: &'static str,
        function: &TypedFunc<P, R>,
        params: P,
    ) -> Result<R> {
        if let Some(reason) = &self.dead {
            return Err(HostError::Dead(reason.clone()));
        }
        let state = self.store.data_mut();
        state.current = context;
        state.effective = 0;
        let result = function.call(&mut self.store, params);
        result.map_err(|error| self.die(name, &error))
    }

    /// Runs a callback that answers nothing, and settles its effects.
    pub(super) fn notify<P: WasmParams>(
        &mut self,
        context: u32,
        name: &'static str,
        function: Option<TypedFunc<P, ()>>,
        params: P,
    ) -> Result<()> {
        let Some(function) = function else { return Ok(()) };
        self.enter(context, name, &function, params)?;
        self.state().stop_next = false;
        self.settle()
    }

    /// Runs a callback that answers an action; its deferred effects are returned, not yet settled.
    pub(super) fn ask<P: WasmParams>(
        &mut self,
        context: u32,
        name: &'static str,
        function: Option<TypedFunc<P, u32>>,
        params: P,
    ) -> Result<Action> {
        let Some(function) = function else {
            return Ok(Action::Continue);
        };
        let answer = self.enter(context, name, &function, params)?;
        let stopped = std::mem::take(&mut self.state().stop_next);
        Ok(if stopped || answer != 0 {
            Action::Pause
        } else {
            Action::Continue
        })
    }

    /// Runs a callback that answers yes or no, and settles its effects; without the callback, yes.
    pub(super) fn confirm<P: WasmParams>(
        &mut self,
        context: u32,
        name: &'static str,
        function: Option<TypedFunc<P, u32>>,
        params: P,
    ) -> Result<bool> {
        let Some(function) = function else { return Ok(true) };
        let answer = self.enter(context, name, &function, params)?;
        self.state().stop_next = false;
        self.settle()?;
        Ok(answer != 0)
    }

    fn die(&mut self, callback: &'static str, error: &wasmtime::Error) -> HostError {
        let message = format!("{error:#}");
        self.dead = Some(format!("it crashed in {callback}: {message}"));
        self.state().deferred.clear();
        HostError::Trap {
            callback,
            message,
            log: self.state().recent_logs(),
        }
    }

    /// Applies everything that was deferred, in order, with whatever that defers again.
    pub(super) fn settle(&mut self) -> Result<()> {
        while !self.state().deferred.is_empty() {
            let deferred = std::mem::take(&mut self.state().deferred);
            deferred.into_iter().try_for_each(|effect| self.apply(effect))?;
        }
        Ok(())
    }

    fn apply(&mut self, effect: Deferred) -> Result<()> {
        match effect {
            Deferred::Continue(id, StreamType::Request) => self.resume(id, false),
            Deferred::Continue(id, StreamType::Response) => self.resume(id, true),
            Deferred::Continue(id, _) => self.resume_tcp(id),
            Deferred::Close(id) => {
                self.close(id);
                Ok(())
            }
            Deferred::LocalReply(id, reply) => self.local_reply(id, reply),
            Deferred::QueueReady(root, token) => {
                let function = self.exports.queue_ready.clone();
                self.notify(root, "proxy_on_queue_ready", function, (root, token))
            }
        }
    }

    fn close(&mut self, id: u32) {
        match self
            .state()
            .contexts
            .get_mut(&id)
            .map(|context| &mut context.kind)
        {
            Some(Kind::Http(http)) => http.reset = true,
            Some(Kind::Tcp(tcp)) => tcp.closed = true,
            Some(Kind::Root(_)) | None => {}
        }
    }

    fn resume_tcp(&mut self, id: u32) -> Result<()> {
        if let Some(tcp) = self.state().tcp_of(id) {
            tcp.flow = Flow::Continued;
            let data = std::mem::take(&mut tcp.downstream);
            tcp.to_upstream.extend_from_slice(&data);
        }
        Ok(())
    }

    /// `proxy_on_context_create`, once.
    pub(super) fn create(&mut self, id: u32, parent: u32) -> Result<()> {
        match self.state().contexts.get_mut(&id) {
            Some(context) if !context.created => context.created = true,
            _ => return Ok(()),
        }
        let function = self.exports.context_create.clone();
        self.notify(id, "proxy_on_context_create", function, (id, parent))
    }

    /// `proxy_on_done` and `proxy_on_delete`; the context stays readable, but is dead for the filter.
    pub(super) fn finish(&mut self, id: u32) -> Result<()> {
        let done = self.exports.done.clone();
        self.confirm(id, "proxy_on_done", done, id)?;
        let delete = self.exports.delete.clone();
        self.notify(id, "proxy_on_delete", delete, id)?;
        if let Some(context) = self.state().contexts.get_mut(&id) {
            context.deleted = true;
        }
        Ok(())
    }

    /// `proxy_on_log`, then the end of a stream; an old root ends with its last stream.
    pub(super) fn finish_stream(&mut self, id: u32) -> Result<()> {
        let Some(context) = self.state().contexts.get_mut(&id) else {
            return Ok(());
        };
        if context.deleted {
            return Ok(());
        }
        let (created, root) = (context.created, context.root);
        self.log_stream(id, root, created)?;
        self.finish(id)?;
        self.retire(root)
    }

    fn log_stream(&mut self, id: u32, root: u32, created: bool) -> Result<()> {
        if !created {
            self.create(id, root)?;
        }
        self.set_logging(id, true);
        let function = self.exports.log.clone();
        let result = self.notify(id, "proxy_on_log", function, id);
        self.set_logging(id, false);
        result
    }

    fn set_logging(&mut self, id: u32, logging: bool) {
        if let Some(http) = self.state().http_of(id) {
            http.logging = logging;
            if logging {
                http.request.close_maps();
                http.response.close_maps();
            }
        }
    }

    /// Ends a root that was replaced, once it has no streams.
    pub(super) fn retire(&mut self, root: u32) -> Result<()> {
        if root == self.active_root || self.state().has_streams(root) {
            return Ok(());
        }
        let retired = self.state().contexts.get_mut(&root).and_then(Context::root_mut);
        match retired {
            Some(root) if !root.retired => root.retired = true,
            _ => return Ok(()),
        }
        self.finish(root)
    }
}
