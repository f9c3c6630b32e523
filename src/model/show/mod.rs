//! How facts print: entries of a command in the command's own syntax, objects on one line each.

mod ec2;
mod kube;
