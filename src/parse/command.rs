//! Command lines as transcripts show them: what ran, on which node, in which namespace, through which filters.

use crate::{model::Scope, net::Family};

/// One command of a command line, freed of `sudo`, `ssh`, `kubectl exec` and other wrappers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// The words, the program's name first and without its folder.
    pub argv: Vec<Box<str>>,
    /// The command as it was typed, without its prompt.
    pub text: Box<str>,
    /// The machine that `ssh` went to, or a name that the prompt or a banner gave.
    pub node: Option<Box<str>>,
    /// The network namespace that a wrapper chose.
    pub scope: Scope,
    /// Whether the output went through a filter such as `grep`, so that entries may be missing.
    pub filtered: bool,
    /// Whether the API server carried it to a pod (`kubectl exec`), wherever the pod runs.
    pub through_api: bool,
}

/// Filters that drop lines or words of what they read.
const FILTERS: &[&str] = &[
    "grep", "egrep", "fgrep", "zgrep", "rg", "head", "tail", "awk", "gawk", "mawk", "sed", "cut",
    "uniq", "wc", "yq", "xargs",
];

impl Simple {
    /// Returns the program's name.
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", |word| word)
    }

    /// Returns the words after the program's name.
    pub fn args(&self) -> impl Iterator<Item = &str> {
        self.argv.iter().skip(1).map(AsRef::as_ref)
    }

    /// Returns whether a word stands among the arguments.
    pub fn has_arg(&self, word: &str) -> bool {
        self.args().any(|arg| arg == word)
    }

    /// Returns the word after an option: `-t nat`, `--table=nat`, `-tnat` of one-letter options.
    pub fn option(&self, names: &[&str]) -> Option<&str> {
        let mut args = self.args();
        while let Some(arg) = args.next() {
            for name in names {
                if arg == *name {
                    return args.next();
                }
                if let Some(value) = arg.strip_prefix(name) {
                    let long = name.starts_with("--");
                    match value.strip_prefix('=') {
                        Some(value) if long => return Some(value),
                        _ if !long && !value.is_empty() => return Some(value),
                        _ => {}
                    }
                }
            }
        }
        None
    }

    /// Returns whether this is `ip OBJECT …`, the object in any of the given spellings.
    pub fn is_ip_object(&self, objects: &[&str]) -> bool {
        self.program() == "ip" && self.ip_object().is_some_and(|object| objects.contains(&object))
    }

    /// Returns the first word after `ip`'s options.
    pub fn ip_object(&self) -> Option<&str> {
        let mut args = self.args();
        while let Some(arg) = args.next() {
            match arg {
                "-n" | "-netns" | "-f" | "-family" | "-l" | "-loops" | "-rc" | "-rcvbuf" => {
                    args.next();
                }
                option if option.starts_with('-') => {}
                object => return Some(object),
            }
        }
        None
    }

    /// Returns the words after the object of `ip`, options and comments left out: `show dev eth0`.
    pub fn ip_object_args(&self) -> impl Iterator<Item = &str> {
        let object = self.ip_object();
        let after = self.args().skip_while(move |arg| Some(*arg) != object).skip(1);
        after.take_while(|arg| !arg.starts_with('#')).filter(|arg| !arg.starts_with('-'))
    }

    /// Returns whether `ip` was asked to list objects, all or some, and not to change any.
    pub fn ip_lists(&self) -> bool {
        let verb = self.ip_object_args().next().unwrap_or("show");
        !matches!(
            verb,
            "add"
                | "a"
                | "append"
                | "change"
                | "chg"
                | "del"
                | "delete"
                | "d"
                | "flush"
                | "f"
                | "monitor"
                | "prepend"
                | "property"
                | "replace"
                | "restore"
                | "save"
                | "set"
        )
    }

    /// Returns whether `ip` was asked to list some objects only: a word that is not the verb.
    pub fn ip_selects(&self) -> bool {
        self.ip_object_args()
            .any(|arg| !matches!(arg, "show" | "list" | "ls" | "lst" | "sh" | "s" | "l"))
    }

    /// Returns whether `ip` was asked for JSON (`-j`, `-json`).
    pub fn ip_prints_json(&self) -> bool {
        self.args().any(|arg| {
            let name = arg.trim_start_matches('-');
            arg.starts_with('-') && !name.is_empty() && "json".starts_with(name)
        })
    }

    /// Returns the address family that the command was asked for.
    pub fn family(&self) -> Option<Family> {
        let program = self.program();
        if program.starts_with("ip6tables")
            || self.has_arg("-6")
            || self.option(&["-f", "-family"]) == Some("inet6")
        {
            return Some(Family::V6);
        }
        let v4 = program.starts_with("iptables")
            || self.has_arg("-4")
            || self.option(&["-f", "-family"]) == Some("inet");
        v4.then_some(Family::V4)
    }
}

/// Takes the commands of one line apart: `for …; do ssh NODE sudo ip route; done`, pipes, lists, substitutions.
///
/// Returns an empty list where the line holds no command.
pub fn commands(line: &str) -> Vec<Simple> {
    split_list(without_comment(line)).into_iter().filter_map(|part| simple(part, 0)).collect()
}

/// Drops ` # …`, as a shell does outside of quotes.
fn without_comment(line: &str) -> &str {
    let comment = |rest: &str| usize::from(rest.starts_with(" #") || rest.starts_with("\t#"));
    cut(line, comment).first().copied().unwrap_or(line)
}

/// Cuts at `;`, `&&`, `||` and `&` outside of quotes and substitutions, and drops the words of loops.
fn split_list(line: &str) -> Vec<&str> {
    let mut parts = cut(line, |rest| match rest.as_bytes() {
        [b'&', b'&', ..] | [b'|', b'|', ..] => 2,
        [b';', ..] => 1,
        _ => 0,
    });
    for part in &mut parts {
        let trimmed = part.trim();
        *part = ["do ", "then ", "else ", "{ ", "( "]
            .iter()
            .find_map(|word| trimmed.strip_prefix(word))
            .unwrap_or(trimmed)
            .trim();
    }
    let keyword = |part: &str| {
        matches!(
            part.split_ascii_whitespace().next(),
            None | Some("for" | "done" | "do" | "while" | "if" | "fi" | "then" | "}" | ")")
        )
    };
    parts.retain(|part| !keyword(part));
    parts
}

/// Cuts a text where `at` returns the length of a separator, outside of quotes and brackets.
fn cut(text: &str, at: impl Fn(&str) -> usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut skip_to = 0;
    let mut quote = None;
    let mut depth = 0_u32;
    let mut escaped = false;
    for (index, char) in text.char_indices() {
        if index < skip_to || std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, char) {
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), _) if char == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(char),
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 => {
                let length = at(text.get(index..).unwrap_or_default());
                if length > 0 {
                    parts.push(text.get(start..index).unwrap_or_default());
                    start = index + length;
                    skip_to = start;
                }
            }
            (None, _) => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Reads one command with its pipe.
fn simple(text: &str, depth: u8) -> Option<Simple> {
    let stages = cut(text, |rest| usize::from(rest.starts_with('|')));
    let first = stages.first()?;
    let mut command = Simple { argv: words(first), text: text.trim().into(), ..Simple::default() };
    command.filtered = stages.iter().skip(1).any(|stage| {
        let words = words(stage);
        let program = words.first().map(|word| base_name(word)).unwrap_or_default();
        FILTERS.contains(&program)
            || (program == "jq" && words.get(1).is_some_and(|filter| &**filter != "."))
    });
    unwrap(&mut command, depth);
    if let Some(program) = command.argv.first_mut() {
        *program = base_name(program).into();
    }
    (!command.argv.is_empty()).then_some(command)
}

/// Splits into words as a shell does, without expanding anything; redirections are dropped.
fn words(text: &str) -> Vec<Box<str>> {
    let mut words: Vec<(Box<str>, Quoted)> = Vec::new();
    let mut word = String::new();
    let mut in_word = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => (quote, in_word) = (Some(char), Some(Quoted::Yes)),
            (None | Some('"'), '\\') => word.extend(chars.next()),
            (None, _) if char.is_whitespace() => {
                if let Some(quoted) = in_word.take() {
                    words.push((std::mem::take(&mut word).into(), quoted));
                }
            }
            _ => {
                word.push(char);
                in_word.get_or_insert(Quoted::No);
            }
        }
    }
    if let Some(quoted) = in_word {
        words.push((word.into(), quoted));
    }
    without_redirections(words)
}

/// Whether a word had quotes, which make `>` an ordinary letter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoted {
    Yes,
    No,
}

fn without_redirections(words: Vec<(Box<str>, Quoted)>) -> Vec<Box<str>> {
    let mut is_target = false;
    let mut kept = Vec::with_capacity(words.len());
    for (word, quoted) in words {
        let start = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&');
        let redirect = quoted == Quoted::No && start.starts_with(['>', '<']);
        let keep = !redirect && !is_target;
        is_target = redirect && word.ends_with(['>', '<']);
        if keep {
            kept.push(word);
        }
    }
    kept
}

fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// How deep wrappers may nest (`ssh` to a node, `kubectl exec` there, `nsenter` inside, …).
const MAX_WRAPPERS: u8 = 8;

/// Removes wrappers from the front of the words, keeping what they tell.
fn unwrap(command: &mut Simple, depth: u8) {
    for _ in depth..MAX_WRAPPERS {
        let program =
            command.argv.first().map(|word| base_name(word).to_owned()).unwrap_or_default();
        let is_assignment = program.split_once('=').is_some_and(|(name, _)| is_variable(name));
        let taken = match program.as_str() {
            "sudo" | "doas" => skip_options(&command.argv, &["-u", "-g", "--user", "-C"]),
            "time" | "nohup" | "command" | "exec" | "nice" | "ionice" => {
                skip_options(&command.argv, &["-n", "-c"])
            }
            "timeout" => skip_options(&command.argv, &["-s", "-k"]).map(|at| at + 1),
            "watch" => skip_options(&command.argv, &["-n", "--interval"]),
            "chroot" => Some(2),
            "env" => Some(1),
            "ssh" => ssh(command),
            "kubectl" | "oc" | "k" => kubectl_exec(command),
            "docker" | "podman" | "nerdctl" | "crictl" => container_exec(command),
            "nsenter" => nsenter(command),
            "ip" => ip_netns(command),
            "bash" | "sh" | "zsh" | "ash" => shell_c(command),
            _ if is_assignment => Some(1),
            _ => None,
        };
        let Some(taken) = taken.filter(|taken| *taken > 0) else { return };
        command.argv.drain(..taken.min(command.argv.len()));
        // `watch "ip link | egrep eni"` and `ssh NODE 'ip rule; ip route'` hold a command line in one word.
        if let [only] = command.argv.as_slice()
            && only.contains(' ')
        {
            let inner = only.clone();
            let Some(part) = split_list(&inner).into_iter().next() else { return };
            let Some(nested) = simple(part, depth + 1) else { return };
            command.argv = nested.argv;
            command.filtered |= nested.filtered;
            command.through_api |= nested.through_api;
            command.node = nested.node.or(command.node.take());
            if nested.scope != Scope::Host {
                command.scope = nested.scope;
            }
            return;
        }
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Returns the index of the first word after the program that is neither an option nor an option's value.
fn skip_options(argv: &[Box<str>], with_value: &[&str]) -> Option<usize> {
    let mut at = 1;
    while let Some(word) = argv.get(at) {
        if !word.starts_with('-') {
            break;
        }
        at += if with_value.contains(&&**word) { 2 } else { 1 };
    }
    Some(at)
}

/// `ssh [-i KEY] [USER@]HOST COMMAND…`; without a command it opens a shell, which `transcript` follows.
fn ssh(command: &mut Simple) -> Option<usize> {
    let host_at = skip_options(
        &command.argv,
        &["-i", "-l", "-p", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-E", "-W"],
    )?;
    let host = command.argv.get(host_at)?;
    command.node = Some(host.rsplit('@').next().unwrap_or(host).into());
    (command.argv.len() > host_at + 1).then_some(host_at + 1)
}

/// `kubectl exec [-it] [-n NS] POD [-c CONTAINER] -- COMMAND…`.
fn kubectl_exec(command: &mut Simple) -> Option<usize> {
    let mut namespace = None;
    let mut pod: Option<Box<str>> = None;
    let mut is_exec = false;
    let mut at = 1;
    while let Some(word) = command.argv.get(at) {
        match &**word {
            "--" => {
                at += 1;
                break;
            }
            "-n" | "--namespace" => {
                at += 1;
                namespace = command.argv.get(at).cloned();
            }
            "-c" | "--container" | "--context" | "--kubeconfig" => at += 1,
            long if long.starts_with("--namespace=") => {
                namespace = long.split_once('=').map(|(_, ns)| ns.into())
            }
            option if option.starts_with('-') => {}
            "exec" if !is_exec => is_exec = true,
            _ if !is_exec => return None,
            name if pod.is_none() => pod = Some(name.trim_start_matches("pod/").into()),
            // Old clients took the command without `--`.
            _ => break,
        }
        at += 1;
    }
    let name = pod?;
    command.scope = Scope::Pod { namespace, name };
    command.through_api = true;
    (command.argv.len() > at).then_some(at)
}

fn container_exec(command: &mut Simple) -> Option<usize> {
    let exec_at = command.argv.iter().position(|word| &**word == "exec")?;
    let rest = command.argv.get(exec_at..)?;
    let name_at =
        exec_at + skip_options(rest, &["-u", "-w", "-e", "--user", "--workdir", "--env"])?;
    let name = command.argv.get(name_at)?.clone();
    command.scope = Scope::Pod { namespace: None, name };
    Some(name_at + 1)
}

/// `nsenter -t PID -n COMMAND…`, `nsenter --net=/run/netns/NAME COMMAND…`.
fn nsenter(command: &mut Simple) -> Option<usize> {
    let mut enters_net = false;
    let mut target = None;
    let mut at = 1;
    while let Some(word) = command.argv.get(at).map(|word| &**word) {
        let Some(option) = word.strip_prefix('-') else { break };
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "-t" | "--target" if value.is_empty() => {
                at += 1;
                target = command.argv.get(at).cloned();
            }
            "-t" | "--target" => target = Some(value.into()),
            "--" => {
                at += 1;
                break;
            }
            "--net" | "-n" => {
                enters_net = true;
                if !value.is_empty() {
                    command.scope = Scope::Named(base_name(value).into());
                }
            }
            "-a" | "--all" => enters_net = true,
            _ if option.starts_with("n/") => {
                enters_net = true;
                command.scope = Scope::Named(base_name(option).into());
            }
            _ if !option.starts_with('-') => {
                enters_net |= option.contains('n');
                if let Some((_, pid)) = option.split_once('t').filter(|(_, pid)| !pid.is_empty()) {
                    target = Some(pid.into());
                } else if option.ends_with('t') {
                    at += 1;
                    target = command.argv.get(at).cloned();
                }
            }
            _ => {}
        }
        at += 1;
    }
    if let (true, Some(target), Scope::Host) = (enters_net, target, &command.scope) {
        command.scope = match target.parse() {
            Ok(pid) => Scope::Pid(crate::net::Pid(pid)),
            Err(_) => Scope::UnknownPid(target),
        };
    }
    Some(at)
}

/// `ip netns exec NAME COMMAND…`, and `ip -n NAME OBJECT…`, which keeps its words.
fn ip_netns(command: &mut Simple) -> Option<usize> {
    let words: Vec<&str> = command.argv.iter().map(AsRef::as_ref).collect();
    if let Some(at) = words.iter().position(|word| *word == "netns")
        && words.get(at + 1).is_some_and(|word| matches!(*word, "exec" | "e"))
    {
        let name = words.get(at + 2)?;
        command.scope = Scope::Named((*name).into());
        return Some(at + 3);
    }
    if let Some(name) = command.option(&["-n", "-netns"]) {
        command.scope = Scope::Named(name.into());
    }
    None
}

fn shell_c(command: &mut Simple) -> Option<usize> {
    let at = command.argv.iter().position(|word| word.starts_with('-') && word.ends_with('c'))?;
    command.argv.get(at + 1)?;
    Some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Pid;

    fn only(line: &str) -> Simple {
        let mut commands = commands(line);
        assert_eq!(commands.len(), 1, "{line}: {commands:?}");
        commands.remove(0)
    }

    fn argv(command: &Simple) -> String {
        command.argv.join(" ")
    }

    #[test]
    fn removes_wrappers_and_keeps_what_they_tell() {
        let command = only("ssh -i k.pem ec2-user@192.168.3.137 sudo ip -c route");
        assert_eq!(
            (argv(&command).as_str(), command.node.as_deref()),
            ("ip -c route", Some("192.168.3.137"))
        );

        let command = only("sudo nsenter -t 36255 -n ip -c addr");
        assert_eq!(
            (argv(&command).as_str(), &command.scope),
            ("ip -c addr", &Scope::Pid(Pid(36255)))
        );
        assert_eq!(only("nsenter -nt $MyPID ip a").scope, Scope::UnknownPid("$MyPID".into()));
        assert_eq!(only("nsenter --net=/run/netns/cni-1 ip a").scope, Scope::Named("cni-1".into()));

        let command = only("kubectl exec -it -n kube-system coredns-1 -c coredns -- /sbin/ip a");
        assert_eq!(argv(&command), "ip a");
        assert_eq!(
            command.scope,
            Scope::Pod { namespace: Some("kube-system".into()), name: "coredns-1".into() }
        );

        assert_eq!(only("ip netns exec blue ip -br addr").scope, Scope::Named("blue".into()));
        let command = only("ip -n blue route");
        assert_eq!(
            (command.ip_object(), &command.scope),
            (Some("route"), &Scope::Named("blue".into()))
        );
    }

    #[test]
    fn sees_loops_lists_and_filters() {
        let loops = commands(
            "for i in $N1 $N2; do echo \">> node $i <<\"; ssh ec2-user@$i sudo ip -c route; echo; done",
        );
        let texts: Vec<_> = loops.iter().map(argv).collect();
        assert_eq!(texts, ["echo >> node $i <<", "ip -c route", "echo"]);
        let command = only("watch -d \"ip link | egrep 'eth|eni' ;echo\"");
        assert!(command.filtered && argv(&command) == "ip link", "{command:?}");
        assert!(!only("curl -s http://localhost:61679/v1/enis | jq .").filtered);
        assert!(
            only("sudo lsns -o PID,COMMAND -t net | awk 'NR>2 {print $1}' | tail -n 1").filtered
        );
        assert_eq!(argv(&only("iptables-save -t nat > /tmp/x 2>&1")), "iptables-save -t nat");
    }

    #[test]
    fn reads_options_in_every_spelling() {
        for line in ["iptables -t nat -nvL", "iptables --table=nat -L", "iptables -tnat -L"] {
            assert_eq!(only(line).option(&["-t", "--table"]), Some("nat"), "{line}");
        }
        assert_eq!(only("ip -6 rule").family(), Some(Family::V6));
        assert_eq!(only("ip6tables-save").family(), Some(Family::V6));
    }

    #[test]
    fn survives_what_is_no_command() {
        for line in
            ["", ";", "|", "'", "\\", "for", "ssh", "kubectl", "nsenter -t", "sudo", "$(((("]
        {
            let _ = commands(line);
        }
    }
}
