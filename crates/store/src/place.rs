//! Names of objects.

use std::fmt;
use std::path::Path;

/// Whose storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `s3://`: Amazon S3 and what is compatible with it.
    S3,
    /// `gs://`: Google Cloud Storage.
    Gs,
    /// `az://`: Azure Blob Storage.
    Az,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::S3, Self::Gs, Self::Az];

    /// What its names begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::S3 => "s3://",
            Self::Gs => "gs://",
            Self::Az => "az://",
        }
    }
}

/// An object, or all objects below a name: `s3://bucket/key`.
///
/// The key is taken as it stands, without escapes; a last slash is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose storage.
    pub scheme: Scheme,
    /// The bucket, or container.
    pub bucket: String,
    /// The key; empty for the whole bucket.
    pub key: String,
    /// True if the name ends in a slash, or is the bucket's: it means what lies below, never one object.
    pub is_folder: bool,
}

/// A name that no object can have.
#[derive(Debug, thiserror::Error)]
pub enum BadPlace {
    /// There is no bucket in it.
    #[error("understand {0}: name a bucket, as in s3://bucket/key")]
    NoBucket(String),
    /// The key holds what is no part of one that can be asked for.
    #[error(
        "understand {0}: the library that talks to the server takes no key with an empty part, '.', '..' or a control character"
    )]
    Key(String),
    /// It is no UTF-8.
    #[error("understand {0}: it is no UTF-8, as names of objects are")]
    Text(String),
}

impl Place {
    /// True if a path on the command line is the name of objects.
    #[must_use]
    pub fn is_meant(path: &Path) -> bool {
        let bytes = path.as_os_str().as_encoded_bytes();
        Scheme::ALL.iter().any(|scheme| bytes.starts_with(scheme.prefix().as_bytes()))
    }

    /// Reads a name; nothing if it is one of a file.
    ///
    /// # Errors
    /// If it begins as that of an object and no object can be called so.
    #[must_use]
    pub fn parse(path: &Path) -> Option<Result<Self, BadPlace>> {
        Self::is_meant(path).then(|| {
            let text = path.to_str().ok_or_else(|| BadPlace::Text(path.to_string_lossy().into_owned()))?;
            Self::parse_text(text)
        })
    }

    fn parse_text(text: &str) -> Result<Self, BadPlace> {
        let no_bucket = || BadPlace::NoBucket(text.to_owned());
        let mut known =
            Scheme::ALL.iter().filter_map(|scheme| Some((*scheme, text.strip_prefix(scheme.prefix())?)));
        let (scheme, rest) = known.next().ok_or_else(no_bucket)?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(no_bucket());
        }
        let is_folder = key.is_empty() || key.ends_with('/');
        let key = key.strip_suffix('/').unwrap_or(key);
        let parsed = object_store::path::Path::parse(key).map_err(|_| BadPlace::Key(text.to_owned()))?;
        if parsed.as_ref() != key {
            return Err(BadPlace::Key(text.to_owned()));
        }
        Ok(Self { scheme, bucket: bucket.to_owned(), key: key.to_owned(), is_folder })
    }

    /// The name of an object in the same bucket.
    #[must_use]
    pub fn of_key(&self, key: &str) -> String {
        format!("{}{}/{key}", self.scheme.prefix(), self.bucket)
    }

    /// True if an object is this one, or lies below it.
    #[must_use]
    pub fn holds(&self, key: &str) -> bool {
        let below = |rest: &str| self.key.is_empty() || rest.starts_with('/');
        key.strip_prefix(self.key.as_str()).is_some_and(|rest| rest.is_empty() || below(rest))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.is_folder && !self.key.is_empty() { "/" } else { "" };
        write!(f, "{}{}/{}{slash}", self.scheme.prefix(), self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Result<Place, BadPlace>> {
        Place::parse(Path::new(text))
    }

    #[test]
    fn names_of_objects_are_told_from_names_of_files() {
        for file in ["core", "/srv/s3://x", "s3:/bucket/key", "./s3://bucket/key", "-", "S3://bucket"] {
            assert!(parse(file).is_none(), "{file}");
        }
        for (text, scheme, bucket, key, is_folder) in [
            ("s3://b/k", Scheme::S3, "b", "k", false),
            ("gs://b/a/k v%20.tar.gz", Scheme::Gs, "b", "a/k v%20.tar.gz", false),
            ("az://c/a/", Scheme::Az, "c", "a", true),
            ("s3://b", Scheme::S3, "b", "", true),
            ("s3://b/", Scheme::S3, "b", "", true),
        ] {
            let place = parse(text).unwrap().unwrap();
            let expected = Place { scheme, bucket: bucket.to_owned(), key: key.to_owned(), is_folder };
            assert_eq!(place, expected);
            assert_eq!(parse(&place.to_string()).unwrap().unwrap(), place);
        }
        for bad in ["s3://", "s3:///k", "gs://b//k", "az://b/../k", "s3://b/a\u{1}"] {
            assert!(parse(bad).unwrap().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_place_holds_itself_and_what_lies_below() {
        let place = parse("s3://b/a/k").unwrap().unwrap();
        assert!(place.holds("a/k") && place.holds("a/k/x"));
        assert!(!place.holds("a/kx") && !place.holds("a") && !place.holds("b"));
        assert!(parse("s3://b").unwrap().unwrap().holds("anything"));
    }
}
