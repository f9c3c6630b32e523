//! The plan of a node: what limits it, a line for each stretch of pods that needs the same, what subnets must have.

use super::Layout;
use crate::{
    analysis::plan::{Need, NoteLevel, Plan},
    cni::{
        max_pods::{FEW_VCPUS, HOST_NETWORK_PODS, Taken},
        warm_pool::{Mode, Rest, Resting},
    },
    model::Snapshot,
    report::{
        Role, count, paint, place, plural, sanitize,
        table::{self, Column},
    },
};
use std::io::{self, Write};

/// Rows one after the other that differ in the number of pods alone.
struct Run<'a> {
    first: &'a Rest,
    last: &'a Rest,
}

/// Writes the answer.
pub fn plan(
    out: &mut dyn Write,
    snapshot: Option<&Snapshot>,
    plan: &Plan,
    layout: &Layout,
) -> io::Result<()> {
    header(out, snapshot, plan)?;
    max_pods(out, plan)?;
    writeln!(out)?;
    let runs = runs(plan);
    let columns: Vec<Column<'_, Run<'_>>> = vec![
        Column::new("PODS", |run: &Run<'_>| span(run, |row| row.pods)),
        Column::new("ENIS", |run: &Run<'_>| run.first.enis.to_string()),
        Column::new("PREFIXES", |run: &Run<'_>| prefixes(plan, run.first)),
        Column::new("ADDRESSES", |run: &Run<'_>| run.first.stats.total.to_string()),
        Column::new("WARM", |run: &Run<'_>| span(run, |row| row.stats.available())),
        Column::new("WAITING", |run: &Run<'_>| match run.last.waiting {
            0 => String::new(),
            _ => span(run, |row| row.waiting),
        }),
        Column::new("SLOTS PER ENI", |run: &Run<'_>| slots(&run.first.slots)),
        Column::new("", |run: &Run<'_>| match run.first.resting {
            Resting::Settled => String::new(),
            Resting::Never => "restless".to_owned(),
        }),
    ];
    for line in table::lines(&columns, &runs, "  ", layout.width) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    subnets(out, plan)?;
    for note in &plan.notes {
        let level = match note.level {
            NoteLevel::Error => paint(Role::Error, "error"),
            NoteLevel::Warning => paint(Role::Warning, "warning"),
            NoteLevel::Info => paint(Role::Dim, "note"),
        };
        writeln!(out, "{level}: {}", sanitize(&note.message))?;
    }
    Ok(())
}

/// Writes the type with its figures, and the settings that decide.
fn header(out: &mut dyn Write, snapshot: Option<&Snapshot>, plan: &Plan) -> io::Result<()> {
    let (kind, limits) = (&plan.of_type.kind, &plan.of_type.limits);
    let from = match plan.of_type.origin.as_ref().zip(snapshot) {
        Some((origin, snapshot)) => sanitize(&place(snapshot, origin)).into_owned(),
        None => "built-in figures".to_owned(),
    };
    writeln!(
        out,
        "{}  {} of {} ({from})",
        paint(Role::Heading, sanitize(&kind.name)),
        counted(limits.enis, "ENI"),
        counted(limits.ipv4_per_eni, "address"),
    )?;
    let settings = &plan.settings;
    let mut said = vec![match settings.mode {
        Mode::SecondaryAddresses => "secondary addresses".to_owned(),
        Mode::Prefixes => "prefixes".to_owned(),
    }];
    let targets = [
        ("WARM_IP_TARGET", settings.warm_ip_target),
        ("MINIMUM_IP_TARGET", settings.minimum_ip_target),
    ];
    let set = targets.into_iter().filter(|(_, target)| *target > 0);
    said.extend(set.map(|(name, target)| format!("{name} {target}")));
    if !settings.has_ip_targets() {
        let name = match settings.mode {
            Mode::SecondaryAddresses => "WARM_ENI_TARGET",
            Mode::Prefixes => "WARM_PREFIX_TARGET",
        };
        said.push(format!("{name} {}", settings.warm_target()));
    }
    said.extend(settings.max_eni.map(|max| format!("MAX_ENI {max}")));
    said.extend(settings.custom_networking.then(|| "custom networking".to_owned()));
    said.extend(settings.pod_eni.then(|| "ENABLE_POD_ENI".to_owned()));
    writeln!(out, "  {}", said.join(", "))
}

/// Writes max-pods, the arithmetic behind it, and what tools make of it.
fn max_pods(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let capacity = &plan.capacity;
    let mut factors = vec![counted(capacity.enis, "ENI"), counted(capacity.slots_per_eni, "slot")];
    if capacity.ips_per_slot > 1 {
        factors.push(counted(capacity.ips_per_slot, "address"));
    }
    let sum = format!("{} + {HOST_NETWORK_PODS}", factors.join(" × "));
    if plan.max_pods_given {
        writeln!(
            out,
            "  max-pods {} as given; {} can be: {sum}",
            plan.max_pods,
            capacity.max_pods()
        )?;
    } else {
        writeln!(out, "  max-pods {}: {sum}", plan.max_pods)?;
    }
    for (taken, enis) in &capacity.taken {
        let why = match taken {
            Taken::MaxEni => "MAX_ENI",
            Taken::Unmanaged => "ENIs that ipamd does not manage",
            Taken::Trunk => "the trunk ENI",
            Taken::Primary => "custom networking, which leaves the primary ENI without pods",
        };
        writeln!(out, "    without {}: {why}", counted(*enis, "ENI"))?;
    }
    let recommended = &plan.recommended;
    let calculator = match recommended.holds {
        Some(max_pods) => max_pods.to_string(),
        None => format!(
            "{} up to {FEW_VCPUS} vCPUs, {} above",
            recommended.few_vcpus, recommended.many_vcpus
        ),
    };
    let nodeadm = plan.nodeadm_default;
    writeln!(out, "    nodeadm's default: {nodeadm}; max-pods-calculator.sh: {calculator}")
}

/// Returns stretches of rows that differ in nothing but pods.
fn runs(plan: &Plan) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for row in [&plan.empty].into_iter().chain(&plan.rows) {
        match runs.last_mut() {
            Some(run) if is_alike(run.last, row) => run.last = row,
            Some(_) | None => runs.push(Run { first: row, last: row }),
        }
    }
    runs
}

fn is_alike(one: &Rest, other: &Rest) -> bool {
    let key = |row: &Rest| {
        (
            row.enis,
            row.stats.total,
            row.stats.prefixes,
            row.prefixes_max,
            row.waiting > 0,
            row.resting,
        )
    };
    key(one) == key(other) && one.slots == other.slots
}

/// Returns the first and the last figure of a run.
fn span(run: &Run<'_>, figure: fn(&Rest) -> u32) -> String {
    let (first, last) = (figure(run.first), figure(run.last));
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

fn prefixes(plan: &Plan, row: &Rest) -> String {
    let prefixes = row.stats.prefixes;
    match plan.settings.mode {
        Mode::SecondaryAddresses => String::new(),
        Mode::Prefixes if row.prefixes_max > prefixes => format!("{prefixes}–{}", row.prefixes_max),
        Mode::Prefixes => prefixes.to_string(),
    }
}

/// Returns how many slots of each ENI are filled, equal ones together: `49 ×3, 2`.
fn slots(slots: &[u32]) -> String {
    let runs = slots.chunk_by(|one, other| one == other);
    let texts = runs.filter_map(|run| match run {
        [] => None,
        [one] => Some(one.to_string()),
        [one, ..] => Some(format!("{one} ×{}", run.len())),
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Writes what subnets must have free.
fn subnets(out: &mut dyn Write, plan: &Plan) -> io::Result<()> {
    let subnets = &plan.subnets;
    let pods = plan.rows.last().map_or(0, |row| row.pods);
    let what = format!("{} with {}", counted(subnets.nodes, "node"), counted(pods, "pod"));
    let need = need(&subnets.of_nodes);
    match &subnets.of_pods {
        None => writeln!(out, "{what}: {need}"),
        Some(of_pods) => {
            writeln!(out, "{what}")?;
            writeln!(out, "  subnets of nodes: {need}")?;
            writeln!(out, "  subnets of ENIConfigs: {}", self::need(of_pods))
        }
    }
}

fn need(need: &Need) -> String {
    let addresses = count(usize::try_from(need.addresses()).unwrap_or(usize::MAX), "address");
    let blocks = match usize::try_from(need.prefixes).unwrap_or(usize::MAX) {
        0 => String::new(),
        n => format!(", of them {} of 16 in aligned {}", count(n, "prefix"), plural(n, "block")),
    };
    let subnet = match need.smallest_subnet() {
        Some(length) => format!("fits into an empty /{length}"),
        None => "more than an empty /16 has".to_owned(),
    };
    format!("{addresses}{blocks}; {subnet}")
}

fn counted(n: u32, noun: &str) -> String {
    count(usize::try_from(n).unwrap_or(usize::MAX), noun)
}
