//! Tables whose columns know both their head and their cells.

use super::{Role, paint};
use comfy_table::{ContentArrangement, Table, presets};

/// One column: its head, and the cell of a row.
pub(super) struct Column<'a, R> {
    pub(super) head: &'static str,
    pub(super) cell: Box<dyn Fn(&R) -> String + 'a>,
}

impl<'a, R> Column<'a, R> {
    /// Returns a column.
    pub(super) fn new(head: &'static str, cell: impl Fn(&R) -> String + 'a) -> Self {
        Self { head, cell: Box::new(cell) }
    }
}

/// Returns a table as lines, each behind an indentation. Columns without any text are left out; with a width, cells
/// are wrapped to fit.
pub(super) fn lines<R>(
    columns: &[Column<'_, R>],
    rows: &[R],
    indent: &str,
    width: Option<u16>,
) -> Vec<String> {
    let cells: Vec<Vec<String>> = (rows.iter())
        .map(|row| columns.iter().map(|column| (column.cell)(row)).collect())
        .collect();
    let shown =
        |at: usize| cells.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()));
    let shown: Vec<bool> = (0..columns.len()).map(shown).collect();
    let keep = |texts: Vec<String>| -> Vec<String> {
        texts.into_iter().zip(&shown).filter(|(_, shown)| **shown).map(|(text, _)| text).collect()
    };
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(keep(columns.iter().map(|column| column.head.to_owned()).collect()));
    table.add_rows(cells.into_iter().map(keep));
    match width {
        Some(width) => {
            let indent = u16::try_from(indent.len()).unwrap_or_default();
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(width.saturating_sub(indent));
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let n_head = columns.iter().map(|column| column.head.lines().count()).max().unwrap_or(1);
    table
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let line = line.trim_end();
            if at < n_head {
                format!("{indent}{}", paint(Role::Dim, line))
            } else {
                format!("{indent}{line}")
            }
        })
        .collect()
}
