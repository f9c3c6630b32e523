//! Runs commands and says what they cost: CPU seconds and peak memory, as Linux accounts for them.

use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run of a command cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// User and system time of the command and of all its children.
    pub(crate) cpu_secs: f64,
    /// The time that passed.
    pub(crate) wall_secs: f64,
    /// The highest VmHWM that was seen in /proc while it ran, or `None` where it was too quick to be seen.
    pub(crate) peak_kib: Option<u64>,
    /// Whether it ended with status 0 or 1 (findings are an answer too).
    pub(crate) answered: bool,
}

/// Runs a command until the clock's 10 ms no longer matter: 0.3 s of CPU time in all, or twenty times.
pub(crate) fn run(program: &str, arguments: &[String]) -> io::Result<Cost> {
    let mut sum = run_once(program, arguments)?;
    let mut runs = 1.0;
    while sum.cpu_secs < 0.3 && runs < 20.0 {
        let cost = run_once(program, arguments)?;
        sum.cpu_secs += cost.cpu_secs;
        sum.wall_secs += cost.wall_secs;
        sum.peak_kib = sum.peak_kib.max(cost.peak_kib);
        sum.answered &= cost.answered;
        runs += 1.0;
    }
    sum.cpu_secs /= runs;
    sum.wall_secs /= runs;
    Ok(sum)
}

/// Returns whether a command ends well and says something on its standard output.
pub(crate) fn says_something(program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}

/// Runs a command to its end with its output thrown away.
fn run_once(program: &str, arguments: &[String]) -> io::Result<Cost> {
    let before = children_ticks()?;
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut peak_kib = None;
    let status = loop {
        if let Some(kib) = peak_of(child.id()) {
            peak_kib = peak_kib.max(Some(kib));
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let ticks = children_ticks()?.saturating_sub(before);
    Ok(Cost {
        cpu_secs: ticks_to_secs(ticks),
        wall_secs: start.elapsed().as_secs_f64(),
        peak_kib,
        answered: matches!(status.code(), Some(0 | 1)),
    })
}

/// Returns the wall time that `work` takes.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = work();
    (value, start.elapsed())
}

/// Returns whether a program of this name is on the PATH or in the system's sbin folders.
pub(crate) fn find(program: &str) -> Option<String> {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/sbin"])
        .map(|folder| format!("{folder}/{program}"))
        .find(|candidate| fs::metadata(candidate).is_ok_and(|file| file.is_file()))
}

/// Returns whether this process may do what root may (the effective user id in /proc/self/status).
pub(crate) fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        status
            .lines()
            .find_map(|line| line.strip_prefix("Uid:"))
            .is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0"))
    })
}

/// Returns the median of the values, or `None` where there are none.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// Fields 16 and 17 of /proc/self/stat: ticks of children that were waited for (proc(5), cutime and cstime).
fn children_ticks() -> io::Result<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The command name is in brackets and may hold blanks.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|word| word.parse::<u64>().ok())
        .sum();
    Ok(ticks)
}

fn ticks_to_secs(ticks: u64) -> f64 {
    /// USER_HZ, which Linux has fixed at 100 for all that user space sees on every common architecture.
    const TICKS_PER_SECOND: f64 = 100.0;
    u32::try_from(ticks).map_or(f64::INFINITY, f64::from) / TICKS_PER_SECOND
}

fn peak_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
