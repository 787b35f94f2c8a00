//! A file of any length as an answer of HTTP, read as it is taken. Knows not who may have it.

use std::path::Path;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::{fs::File, io::AsyncReadExt as _};

/// Read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// A file on its way.
pub struct Download {
    file: File,
    length: u64,
    name: String,
}

impl Download {
    /// Opens it.
    ///
    /// # Errors
    /// It can't be read, or is no file.
    pub async fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path).await?;
        let metadata = file.metadata().await?;
        if !metadata.is_file() {
            return Err(std::io::Error::other("it is not a file"));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { file, length: metadata.len(), name })
    }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let disposition = format!("attachment; filename*=UTF-8''{}", percent_encoded(&self.name));
        // Made of visible ASCII alone, so it always is a header.
        let disposition =
            HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
        let chunks = stream::try_unfold(self.file, async |mut file| {
            let mut chunk = vec![0; CHUNK_BYTES];
            let length = file.read(&mut chunk).await?;
            chunk.truncate(length);
            Ok::<_, std::io::Error>((length > 0).then(|| (Bytes::from(chunk), file)))
        });
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
            (header::CONTENT_LENGTH, HeaderValue::from(self.length)),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        (headers, Body::from_stream(chunks)).into_response()
    }
}

/// As RFC 8187 wants it: all but letters, digits and a few marks as %XX.
fn percent_encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encoded = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn file_arrives_whole_under_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("Ebbe 1.wav");
        let bytes: Vec<u8> = (0..200_000_u32).map(|byte| byte as u8).collect();
        std::fs::write(&path, &bytes).expect("written");
        let response = Download::open(&path).await.expect("opened").into_response();
        assert_eq!(
            response.headers()[header::CONTENT_DISPOSITION],
            "attachment; filename*=UTF-8''Ebbe%201.wav"
        );
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        assert_eq!(body, bytes);
    }

    #[tokio::test]
    async fn folder_is_no_download() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Download::open(folder.path()).await.is_err());
    }
}
