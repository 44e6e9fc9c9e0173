//! One cell of the matrix in the ordinary test run, so that its way of working stays alive: a holder of
//! OpenSSL makes a key, tells the truth about it, and every policy removes it.

use anyhow::{Context, Result};
use coredact_trials::folder::Folder;
use coredact_trials::matrix::cell::{self, Found, Options};
use coredact_trials::matrix::kind;
use coredact_trials::matrix::library::{LIBRARIES, Library};
use coredact_trials::matrix::shop::Shop;

fn openssl() -> Result<&'static Library> {
    LIBRARIES.iter().find(|library| library.name == "OpenSSL").context("find OpenSSL among the libraries")
}

#[test]
fn holder_of_openssl_lists_only_kinds_that_are_known() -> Result<()> {
    let folder = Folder::new()?;
    let listed = Shop::new(folder.path())?.kinds(openssl()?)?;
    assert!(listed.len() > 20, "{listed:?}");
    listed.iter().try_for_each(|name| kind::named(name).map(drop))
}

#[test]
fn rsa_key_of_openssl_is_found_in_its_dump_and_goes_under_both_policies() -> Result<()> {
    let folder = Folder::new()?;
    let policies = ["proven", "strict"].map(str::to_owned).to_vec();
    let options = Options { policies, asked_max: u64::MAX, keep: None };
    let cell = cell::run(&Shop::new(folder.path())?, openssl()?, kind::named("rsa-2048")?, &options)?;
    assert!(cell.copies.len() > 4, "{:?}", cell.copies);
    assert_eq!(cell.found, Found::Yes);
    assert!(cell.is_whole(), "{:?}", cell.left);
    Ok(())
}

#[test]
fn every_holder_is_in_the_folder() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../matrix");
    for library in LIBRARIES.iter().filter(|library| library.file.contains('.')) {
        assert!(folder.join(library.file).is_file(), "{}", library.file);
    }
}
