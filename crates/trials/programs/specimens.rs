//! Files of every format for the bench: `specimens make FOLDER PAGES` writes them, each with the same fresh secrets, and
//! `secrets.json`; `specimens survives SECRETS FILE` ends with 1 if eight bytes of one are left in a file.

use anyhow::{Context, Result, bail};
use coredact_trials::small::{Content, FORMATS};
use std::path::Path;
use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "these files are not evidence")]
fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["make", folder, pages] => {
            let content = Content::of_service(pages.parse().context("read the number of pages")?)?;
            let folder = Path::new(folder);
            std::fs::create_dir_all(folder).context("make the folder")?;
            for format in FORMATS {
                let bytes = (format.make)(&content);
                std::fs::write(folder.join(format.name), bytes)
                    .with_context(|| format!("write {}", format.name))?;
            }
            std::fs::write(folder.join("secrets.json"), content.secrets()).context("write the secrets")?;
            Ok(ExitCode::SUCCESS)
        }
        ["survives", secrets, file] => {
            let secrets = std::fs::read_to_string(secrets).context("read the secrets")?;
            let content = Content::of_secrets(&secrets)?;
            let left = content.survives(&std::fs::read(file).context("read the file")?);
            Ok(ExitCode::from(u8::from(left)))
        }
        _ => bail!("specimens make FOLDER PAGES, or specimens survives SECRETS FILE"),
    }
}
