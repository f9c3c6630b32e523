//! Roles instead of colours. Styled text is written always; the stream that `cli` opens takes the styles away where
//! they are not wanted. No meaning hangs on them alone.

use owo_colors::{OwoColorize as _, Style};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The headline of a node or a file.
    Heading,
    /// The head of a table.
    TableHead,
    Eni,
    Evidence,
    Warning,
    Error,
    Help,
    Dim,
}

/// Returns the text in its role's style.
pub fn paint(role: Role, text: impl AsRef<str>) -> String {
    let style = match role {
        Role::Heading => Style::new().bold(),
        Role::TableHead => Style::new().underline(),
        Role::Eni => Style::new().cyan(),
        Role::Evidence | Role::Dim => Style::new().dimmed(),
        Role::Warning => Style::new().yellow().bold(),
        Role::Error => Style::new().red().bold(),
        Role::Help => Style::new().green().bold(),
    };
    text.as_ref().style(style).to_string()
}
