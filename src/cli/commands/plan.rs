//! `enilens plan`.

use super::{json, layout};
use crate::{
    analysis::plan::{self, KnownType, Question},
    cli::{
        Error, ErrorKind, Exit,
        args::{Common, Format, PlanArgs},
        input,
        progress::Progress,
        suggest::nearest,
    },
    cni::{CniVersion, limits, warm_pool::settings::OLDEST},
    model::Snapshot,
    report::{json::v1, text},
};
use std::io::Write;

pub(super) fn run(args: &PlanArgs, common: &Common, out: &mut dyn Write) -> Result<Exit, Error> {
    let question = question(args)?;
    let snapshot = if args.paths.is_empty() {
        None
    } else {
        let progress = Progress::start("reading", common.quiet);
        let snapshot = input::read(&args.paths);
        drop(progress);
        Some(snapshot?)
    };
    let snapshot = snapshot.as_ref();
    let Some(of_type) = plan::find_type(snapshot, &args.instance_type) else {
        return Err(unknown_type(snapshot, &args.instance_type));
    };
    let of_type: KnownType = of_type;
    let answer = plan::plan(&question, of_type);
    match args.format {
        Format::Json => json(out, &v1::Plan::of(snapshot, &answer))?,
        Format::Text => text::plan(out, snapshot, &answer, &layout(common))?,
    }
    Ok(Exit::Answered)
}

fn question(args: &PlanArgs) -> Result<Question, Error> {
    Ok(Question {
        pods: args.pods,
        nodes: args.nodes,
        warm_eni_target: args.warm_eni_target,
        warm_ip_target: args.warm_ip_target,
        minimum_ip_target: args.minimum_ip_target,
        warm_prefix_target: args.warm_prefix_target,
        max_eni: args.max_eni,
        max_pods: args.max_pods,
        unmanaged_enis: args.unmanaged_enis,
        prefix_delegation: args.prefix_delegation,
        custom_networking: args.custom_networking,
        pod_eni: args.pod_eni,
        version: args.cni_version.as_deref().map(version).transpose()?,
    })
}

/// Reads a version that the formulas hold for.
fn version(text: &str) -> Result<CniVersion, Error> {
    let version: CniVersion = text.parse().map_err(|_| {
        Error::new(ErrorKind::Usage, format!("`{text}` is no version of the CNI"))
            .expected("three numbers, as in v1.18.3")
    })?;
    let (major, minor, patch) = OLDEST;
    if version.is_before(major, minor, patch) {
        let message = format!("what the pool of {version} wants is not known");
        let expected = format!("v{major}.{minor}.{patch} or later");
        return Err(Error::new(ErrorKind::Usage, message).expected(expected));
    }
    Ok(version)
}

fn unknown_type(snapshot: Option<&Snapshot>, name: &str) -> Error {
    let names = plan::type_names(snapshot);
    if names.contains(&name) && limits::of_type(name).is_none() {
        let message = format!("the figures of instance type `{name}` are not complete");
        return Error::new(ErrorKind::Input, message)
            .expected("MaximumNetworkInterfaces and Ipv4AddressesPerInterface");
    }
    let error = Error::new(ErrorKind::Usage, format!("no figures of instance type `{name}`"));
    let found = nearest(name, names);
    let ask = "give the answer of `aws ec2 describe-instance-types` as PATH";
    if found.is_empty() {
        error.help(ask)
    } else {
        error.help(format!("did you mean {}? Else {ask}", found.join(", ")))
    }
}
