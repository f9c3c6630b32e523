//! How fast, and in how much memory, `enilens ingest` reads large inputs, against tools that read the same files.
//!
//! `cargo bench` with no more than that generates middling inputs below `target/tmp`, runs the program and its peers in
//! turns, and prints the medians and the ratios that are aimed at. `ENILENS_BENCH=quick|full` or
//! `cargo bench -- --size quick|medium|full --rounds N --only NAME --keep` choose. `full` writes 2 GB.
//! A peer that is not installed, or that needs root, is named and left out.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, reads the clock and makes files"
)]

mod generate;
mod harness;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use generate::iptables::Size as Rules;
use harness::{Cost, find, median, run, timed};

const ENILENS: &str = env!("CARGO_BIN_EXE_enilens");

#[derive(Clone, Copy, PartialEq)]
enum Size {
    Quick,
    Medium,
    Full,
}

struct Options {
    size: Size,
    rounds: usize,
    only: Option<String>,
    keep: bool,
}

/// A tool that reads the same file, and how much faster than it the program should be.
struct Peer {
    name: &'static str,
    program: &'static str,
    arguments: Vec<String>,
    needs_root: bool,
    /// The least ratio of the peer's CPU time to ours that is aimed at; below 1 the peer may be faster.
    aim: Option<f64>,
}

/// Writes the input of a job to the path.
type Make = Box<dyn Fn(&Path) -> io::Result<()>>;

struct Job {
    name: &'static str,
    path: PathBuf,
    make: Make,
    peers: Vec<Peer>,
    /// The most memory that is aimed at, as a multiple of the input's size.
    memory_aim: Option<f64>,
}

fn main() -> io::Result<()> {
    let Some(options) = options() else { return Ok(()) };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    fs::create_dir_all(&folder)?;
    let can_ingest = harness::says_something(ENILENS, &["ingest", "--help"]);
    if !can_ingest {
        println!("`enilens ingest --help` prints nothing, so only the peers are timed");
    }
    for job in jobs(&folder, options.size) {
        if options.only.as_ref().is_some_and(|only| !job.name.contains(only.as_str())) {
            continue;
        }
        measure(&job, &options, can_ingest)?;
        if !options.keep {
            remove(&job.path)?;
        }
    }
    Ok(())
}

fn options() -> Option<Options> {
    let mut options = Options { size: Size::Medium, rounds: 5, only: None, keep: false };
    let from_environment = std::env::var("ENILENS_BENCH").ok();
    let mut words = std::env::args().skip(1);
    let mut size = from_environment;
    let mut is_bench = false;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--size" => size = words.next(),
            "--rounds" => {
                options.rounds = words.next().and_then(|text| text.parse().ok()).unwrap_or(5)
            }
            "--only" => options.only = words.next(),
            "--keep" => options.keep = true,
            "--bench" => is_bench = true,
            other => {
                println!(
                    "`{other}` is not known: --size quick|medium|full, --rounds N, --only NAME, --keep"
                );
                return None;
            }
        }
    }
    if !is_bench {
        // `cargo test --all-targets` runs this too, and nothing is to be measured then.
        println!("nothing is measured without `cargo bench`");
        return None;
    }
    options.size = match size.as_deref() {
        None | Some("" | "medium") => Size::Medium,
        Some("quick") => Size::Quick,
        Some("full") => Size::Full,
        Some(other) => {
            println!("size `{other}` is not known: quick, medium, full");
            return None;
        }
    };
    Some(options)
}

fn jobs(folder: &Path, size: Size) -> Vec<Job> {
    let pick = |quick, medium, full| match size {
        Size::Quick => quick,
        Size::Medium => medium,
        Size::Full => full,
    };
    let mut jobs = vec![rules_job(
        folder,
        "iptables-save-100k",
        Rules { services: pick(300, 3_125, 3_125), endpoints: 10 },
    )];
    if size == Size::Full {
        jobs.push(rules_job(folder, "iptables-save-1m", Rules { services: 6_500, endpoints: 51 }));
    }
    let lines = pick(10_000, 100_000, 100_000);
    let enis = pick(1_000, 10_000, 50_000);
    let pods = pick(1_000, 20_000, 250_000);
    let nodes = pick(20, 200, 2_000);
    jobs.push(text_job(folder, "ip-route", move |out| generate::routes::write_routes(out, lines)));
    jobs.push(text_job(folder, "ip-rule", move |out| generate::routes::write_rules(out, lines)));
    jobs.push(json_job(folder, "enis", ".NetworkInterfaces|length", 10.0, None, move |out| {
        generate::ec2::write(out, enis)
    }));
    jobs.push(json_job(folder, "pods", ".items|length", 15.0, Some(1.0), move |out| {
        generate::pods::write(out, pods)
    }));
    let path = folder.join(format!("nodes-{nodes}"));
    let grep = ["-rc", "lookup"]
        .map(String::from)
        .into_iter()
        .chain([path.display().to_string()])
        .collect();
    jobs.push(Job {
        name: "nodes",
        make: Box::new(move |path| generate::folder::write(path, nodes)),
        peers: vec![Peer {
            name: "grep -rc",
            program: "grep",
            arguments: grep,
            needs_root: false,
            aim: None,
        }],
        path,
        memory_aim: Some(3.0),
    });
    jobs
}

fn rules_job(folder: &Path, name: &'static str, size: Rules) -> Job {
    let path = folder.join(format!("{name}-{}.txt", size.rules()));
    let file = path.display().to_string();
    // In a net namespace of its own, so that not even the lock of the host's tables is touched.
    let restore = |tool: &str| ["--net", tool, "--test", &file].map(String::from).to_vec();
    let legacy = restore("iptables-legacy-restore");
    let nft = restore("iptables-nft-restore");
    Job {
        name,
        make: Box::new(move |path| write_file(path, |out| generate::iptables::write(out, size))),
        peers: vec![
            Peer { aim: Some(0.5), ..awk(&path, "mawk") },
            awk(&path, "gawk"),
            Peer {
                name: "iptables-legacy-restore --test",
                program: "unshare",
                arguments: legacy,
                needs_root: true,
                aim: Some(18.0),
            },
            Peer {
                name: "iptables-nft-restore --test",
                program: "unshare",
                arguments: nft,
                needs_root: true,
                aim: None,
            },
        ],
        path,
        memory_aim: Some(3.0),
    }
}

fn text_job(
    folder: &Path,
    name: &'static str,
    write: impl Fn(&mut BufWriter<File>) -> io::Result<()> + 'static,
) -> Job {
    let path = folder.join(format!("{name}.txt"));
    Job {
        name,
        make: Box::new(move |path| write_file(path, &write)),
        peers: vec![awk(&path, "mawk")],
        path,
        memory_aim: Some(3.0),
    }
}

fn json_job(
    folder: &Path,
    name: &'static str,
    filter: &str,
    aim: f64,
    memory_aim: Option<f64>,
    write: impl Fn(&mut BufWriter<File>) -> io::Result<()> + 'static,
) -> Job {
    let path = folder.join(format!("{name}.json"));
    let arguments = vec![filter.to_owned(), path.display().to_string()];
    let jq =
        Peer { name: "jq length", program: "jq", arguments, needs_root: false, aim: Some(aim) };
    Job {
        name,
        make: Box::new(move |path| write_file(path, &write)),
        peers: vec![jq],
        path,
        memory_aim,
    }
}

fn awk(path: &Path, program: &'static str) -> Peer {
    let arguments = vec!["{n+=NF} END{print n}".to_owned(), path.display().to_string()];
    let name = if program == "mawk" { "mawk '{n+=NF}'" } else { "gawk '{n+=NF}'" };
    Peer { name, program, arguments, needs_root: false, aim: None }
}

fn write_file(
    path: &Path,
    write: impl Fn(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write(&mut out)?;
    out.flush()
}

/// Generates the input, runs everybody in turns, and prints one block.
fn measure(job: &Job, options: &Options, can_ingest: bool) -> io::Result<()> {
    remove(&job.path)?;
    let (made, wall) = timed(|| (job.make)(&job.path));
    made?;
    let bytes = size_of(&job.path)?;
    println!(
        "\n{}: {} in {}, written in {:.1} s",
        job.name,
        megabytes(bytes),
        job.path.display(),
        wall.as_secs_f64()
    );
    let peers: Vec<&Peer> = job.peers.iter().filter(|peer| usable(peer)).collect();
    let ours = ["ingest".to_owned(), job.path.display().to_string()];
    let mut our_costs = Vec::new();
    let mut peer_costs: Vec<Vec<Cost>> = peers.iter().map(|_| Vec::new()).collect();
    for _ in 0..options.rounds.max(1) {
        if can_ingest {
            our_costs.push(run(ENILENS, &ours)?);
        }
        for (peer, costs) in peers.iter().zip(&mut peer_costs) {
            costs.push(run(peer.program, &peer.arguments)?);
        }
    }
    let our_cpu = report("enilens ingest", &our_costs, bytes);
    for (peer, costs) in peers.iter().zip(&peer_costs) {
        let cpu = report(peer.name, costs, bytes);
        if let (Some(ours), Some(theirs)) = (our_cpu, cpu) {
            ratio(peer, theirs / ours.max(0.001));
        }
    }
    memory(job, &our_costs, bytes);
    Ok(())
}

fn usable(peer: &Peer) -> bool {
    let tool = peer
        .arguments
        .iter()
        .find(|word| word.ends_with("-restore"))
        .map_or(peer.program, String::as_str);
    if find(peer.program).is_none() || find(tool).is_none() {
        println!("  {:<32} not installed", peer.name);
        return false;
    }
    if peer.needs_root && !harness::is_root() {
        println!("  {:<32} needs root", peer.name);
        return false;
    }
    true
}

/// Prints one line and returns the median CPU time.
fn report(name: &str, costs: &[Cost], bytes: u64) -> Option<f64> {
    let seconds: Vec<f64> = costs.iter().map(|cost| cost.cpu_secs).collect();
    let cpu = median(&seconds)?;
    let wall: Vec<f64> = costs.iter().map(|cost| cost.wall_secs).collect();
    let wall = median(&wall)?;
    let peak = costs.iter().filter_map(|cost| cost.peak_kib).max();
    let failed =
        if costs.iter().all(|cost| cost.answered) { "" } else { "  (ended with an error)" };
    println!(
        "  {name:<32} {cpu:>8.3} s CPU  {wall:>7.2} s wall  {:>8.0} MB/s  {:>8} peak{failed}",
        as_f64(bytes) / 1e6 / cpu.max(0.001),
        peak.map_or_else(|| "?".to_owned(), |kib| megabytes(kib * 1024)),
    );
    Some(cpu)
}

fn ratio(peer: &Peer, ratio: f64) {
    match peer.aim {
        Some(aim) => println!(
            "    {ratio:.1} times as fast; aim {aim}: {}",
            if ratio >= aim { "met" } else { "MISSED" }
        ),
        None => println!("    {ratio:.1} times as fast"),
    }
}

fn memory(job: &Job, costs: &[Cost], bytes: u64) {
    let Some(peak) = costs.iter().filter_map(|cost| cost.peak_kib).max() else { return };
    let share = as_f64(peak * 1024) / as_f64(bytes).max(1.0);
    match job.memory_aim {
        Some(aim) => {
            println!(
                "    memory {share:.2} times the input; aim below {aim}: {}",
                if share < aim { "met" } else { "MISSED" }
            );
        }
        None => println!("    memory {share:.2} times the input"),
    }
}

fn size_of(path: &Path) -> io::Result<u64> {
    let file = fs::metadata(path)?;
    if file.is_file() {
        return Ok(file.len());
    }
    fs::read_dir(path)?.try_fold(0, |sum, entry| Ok(sum + size_of(&entry?.path())?))
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", as_f64(bytes) / 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
fn as_f64(bytes: u64) -> f64 {
    bytes as f64
}
