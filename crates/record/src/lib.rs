//! Documents that leave the process: finding, plan, report, seal, exit codes.
#![forbid(unsafe_code)]
