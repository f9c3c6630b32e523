//! Names of pods that only the CNI's logs tell.

use super::{answer::PodName, host::each};
use crate::model::{
    Origin,
    log::{LogEvent, PodSandbox},
    snapshot::Node,
};
use rustc_hash::FxHashSet;

/// Returns every pod that the logs name, once, with the first line that does.
pub(super) fn names_in_logs(node: &Node) -> Vec<(PodName<'_>, Origin)> {
    let mut seen = FxHashSet::default();
    let mut names = Vec::new();
    each(&node.logs, |_, line| {
        let sandbox = match &line.value.event {
            Some(LogEvent::AddRequest(pod) | LogEvent::DelRequest(pod)) => pod,
            Some(LogEvent::Assign(address) | LogEvent::Unassign(address)) => &address.pod,
            Some(_) | None => return,
        };
        if let Some(name) = name_of(sandbox)
            && seen.insert(name)
        {
            names.push((name, line.origin));
        }
    });
    names
}

fn name_of(sandbox: &PodSandbox) -> Option<PodName<'_>> {
    let name = sandbox.pod.as_deref().filter(|name| !name.is_empty())?;
    Some(PodName { namespace: sandbox.namespace.as_deref(), name })
}
