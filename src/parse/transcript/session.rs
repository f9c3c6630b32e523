//! Whose output the next lines are: shells that were opened, banners, variables, the command above.

use super::{boundary::is_machine_name, prompt::Typed};
use crate::{
    model::Scope,
    net::Pid,
    parse::command::{self, Simple},
};
use rustc_hash::FxHashMap;

/// How many shells may be open inside each other.
const MAX_SHELLS: usize = 16;

/// The machine and the network namespace that a command ran in, as far as the transcript tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    pub node: Option<Box<str>>,
    pub scope: Scope,
}

/// What the lines so far tell of the lines to come.
#[derive(Debug, Default)]
pub(super) struct Session {
    shells: Vec<Shell>,
    /// The node of the last banner; a prompt ends it.
    banner: Option<Box<str>>,
    n_banners: u32,
    /// The machine of the last prompt.
    prompt_host: Option<Box<str>>,
    /// The last prompt.
    prompt: Option<Box<str>>,
    variables: FxHashMap<Box<str>, Box<str>>,
    /// One-line outputs by the command that printed them, for `PID=$(the same command)`.
    one_liners: FxHashMap<Box<str>, Box<str>>,
    /// The commands of the last command line.
    pub(super) commands: Vec<Simple>,
}

#[derive(Debug)]
struct Shell {
    at: Whereabouts,
    /// The machine of the prompt that opened it: when it is seen again, the shell has ended.
    outer_host: Option<Box<str>>,
    /// The prompt that opened it, and whether another one was seen since: then the first one ends the shell, too.
    outer_prompt: Option<Box<str>>,
    has_own_prompt: bool,
    block: Block,
}

/// Whether the shell's commands stand between two lines of dashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// Nothing was printed in it yet.
    Fresh,
    Open,
    Unruled,
}

impl Session {
    /// Follows a typed command line.
    pub(super) fn typed(&mut self, typed: Typed<'_>) {
        if let Some(host) = typed.host {
            let returned = |shell: &Shell| shell.outer_host.as_deref() == Some(host);
            while self.shells.last().is_some_and(returned)
                && self.prompt_host.as_deref() != Some(host)
            {
                self.shells.pop();
            }
            self.prompt_host = Some(host.into());
        }
        self.leave_by_prompt(typed.prompt);
        self.prompt = typed.prompt.map(Into::into);
        self.banner = None;
        self.commands = command::commands(typed.text);
        for shell in &mut self.shells {
            if shell.block == Block::Fresh {
                shell.block = Block::Unruled;
            }
        }
        self.assign(typed.text);
        let commands = std::mem::take(&mut self.commands);
        for command in &commands {
            self.enter_or_leave(command);
        }
        self.commands = commands;
    }

    /// A shell whose own prompt is known has ended where the prompt that opened it is back.
    fn leave_by_prompt(&mut self, prompt: Option<&str>) {
        let Some(prompt) = prompt else { return };
        while let Some(shell) = self.shells.last_mut() {
            if shell.outer_prompt.as_deref() != Some(prompt) {
                shell.has_own_prompt = shell.outer_prompt.is_some();
                break;
            }
            if !shell.has_own_prompt {
                break;
            }
            self.shells.pop();
        }
    }

    /// `NAME=value`; a value that is a command's output is known where the same command stands above.
    fn assign(&mut self, text: &str) {
        let Some((name, value)) = text.strip_prefix("export ").unwrap_or(text).split_once('=')
        else {
            return;
        };
        if name.contains(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            return;
        }
        let substitution = value.strip_prefix("$(").and_then(|inner| inner.strip_suffix(')'));
        let value = match substitution
            .or_else(|| value.strip_prefix('`').and_then(|inner| inner.strip_suffix('`')))
        {
            Some(command) => self.one_liners.get(&key(command)).cloned(),
            None => Some(value.trim_matches(['"', '\'']).into()),
        };
        match value {
            Some(value) => self.variables.insert(name.into(), value),
            None => self.variables.remove(name),
        };
    }

    /// `ssh NODE`, `kubectl exec -it POD -- sh` and `exit` change where the next commands run.
    fn enter_or_leave(&mut self, command: &Simple) {
        let program = command.program();
        if matches!(program, "exit" | "logout") {
            self.shells.pop();
            return;
        }
        let is_shell = matches!(program, "sh" | "bash" | "zsh" | "ash")
            && command.args().all(|arg| arg.starts_with('-'));
        let enters = (program == "ssh" && command.node.is_some())
            || (is_shell && (command.scope != Scope::Host || command.node.is_some()));
        if enters && self.shells.len() < MAX_SHELLS {
            let at = self.whereabouts(Some(command));
            // People go from one node to the next from the same place, and do not always show how they left.
            if program == "ssh" {
                self.shells.clear();
            }
            self.shells.push(Shell {
                at,
                outer_host: self.prompt_host.clone(),
                outer_prompt: self.prompt.clone(),
                has_own_prompt: false,
                block: Block::Fresh,
            });
        }
    }

    /// A line of dashes opens or closes the block of the innermost shell.
    pub(super) fn rule(&mut self) {
        match self.shells.last_mut() {
            Some(shell) if shell.block == Block::Fresh => shell.block = Block::Open,
            Some(shell) if shell.block == Block::Open => drop(self.shells.pop()),
            Some(_) | None => {}
        }
        self.commands.clear();
    }

    /// A banner names the machine of the lines below it.
    ///
    /// An address that was masked by hand names several machines alike; the number of the banner tells them apart.
    pub(super) fn banner(&mut self, node: &str) {
        self.n_banners = self.n_banners.saturating_add(1);
        let masked = node
            .split('.')
            .any(|part| !part.is_empty() && part.bytes().all(|b| matches!(b, b'x' | b'X' | b'*')));
        self.banner = Some(if masked {
            format!("{node}#{}", self.n_banners).into()
        } else {
            self.resolve(node)
        });
    }

    /// Keeps the one line that a command printed.
    pub(super) fn one_liner(&mut self, command: &str, output: &str) {
        self.one_liners.insert(key(command), output.trim().into());
    }

    /// Returns where a command ran.
    pub(super) fn whereabouts(&self, command: Option<&Simple>) -> Whereabouts {
        let shell = self.shells.last().map(|shell| &shell.at);
        let own_scope = command
            .map(|command| self.resolve_scope(&command.scope))
            .filter(|scope| *scope != Scope::Host);
        let scope = own_scope.or_else(|| shell.map(|at| at.scope.clone())).unwrap_or_default();

        let own_node =
            command.and_then(|command| command.node.as_deref()).map(|node| self.resolve(node));
        let node = own_node
            .clone()
            .filter(|node| !node.starts_with('$'))
            .or_else(|| self.banner.clone())
            .or(own_node)
            .or_else(|| shell.and_then(|at| at.node.clone()))
            .or_else(|| self.prompt_host.clone().filter(|host| is_machine_name(host)));
        Whereabouts { node, scope }
    }

    fn resolve_scope(&self, scope: &Scope) -> Scope {
        match scope {
            Scope::UnknownPid(variable) => match self.resolve(variable).parse() {
                Ok(pid) => Scope::Pid(Pid(pid)),
                Err(_) => scope.clone(),
            },
            Scope::Pod { namespace, name } => Scope::Pod {
                namespace: namespace.as_deref().map(|text| self.resolve(text)),
                name: self.resolve(name),
            },
            Scope::Host | Scope::Pid(_) | Scope::Named(_) | Scope::Inode(_) => scope.clone(),
        }
    }

    /// Returns the value of `$NAME`; other text, and variables that nothing sets, stay as they are.
    fn resolve(&self, text: &str) -> Box<str> {
        let name =
            text.strip_prefix('$').map(|name| name.trim_start_matches('{').trim_end_matches('}'));
        name.and_then(|name| self.variables.get(name).cloned()).unwrap_or_else(|| text.into())
    }
}

/// Returns the command as a key that does not depend on `sudo` and blanks.
fn key(command: &str) -> Box<str> {
    let words: Vec<_> = command.split_ascii_whitespace().filter(|word| *word != "sudo").collect();
    words.join(" ").into()
}
