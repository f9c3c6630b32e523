//! Cuts an artifact into the outputs of single commands.
