//! `mainsheet package`: the filter as proxies of a running Istio fetch it.

mod image;
mod layout;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mainsheet_tests::artifact::{self, FILTER_WASM};

use crate::error::{Error, Result};
use crate::output;
use image::Image;

const EXAMPLES: &str = "\
Examples:
  mainsheet package --output image/
  skopeo copy oci:image docker://registry.example/mainsheet:0.1.0
      The filter in a registry, for `mainsheet export --to wasm-plugin --wasm oci://registry.example/mainsheet:0.1.0`.
  mainsheet package --form file --output mainsheet.wasm
      The filter itself, to be mounted into containers.";

/// How the filter is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PackageForm {
    /// An image that every registry and container tool takes (the variant `compat` of wasm images)
    #[default]
    Image,
    /// An artifact with media types of its own, which some registries refuse (the variant `oci`)
    Artifact,
    /// The .wasm file by itself
    File,
}

/// Arguments of `mainsheet package`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PackageArgs {
    /// Where to: a directory in the OCI image layout; for `file` a file
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,

    /// What to write
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    pub form: PackageForm,

    /// The tag in the layout
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"))]
    pub tag: String,

    /// Write into a directory that holds other files
    #[arg(long)]
    pub force: bool,
}

/// Runs `mainsheet package`.
pub fn run(args: &PackageArgs) -> Result<()> {
    let image = match args.form {
        PackageForm::Image => Image::compat(FILTER_WASM)?,
        PackageForm::Artifact => Image::artifact(FILTER_WASM),
        PackageForm::File => return write_file(&args.output),
    };
    layout::write(&args.output, &image, &args.tag, args.force)?;
    let (path, digest) = (args.output.display(), image.digest());
    output::line(format_args!("wrote mainsheet {} to {path}", args.tag));
    output::line(format_args!("  {digest}"));
    output::line(format_args!("  filter sha256:{}", artifact::sha256()));
    output::line("send it to a registry:");
    output::line(format_args!(
        "  skopeo copy oci:{}:{} docker://registry.example/mainsheet:{}",
        path.to_string().trim_end_matches('/'),
        args.tag,
        args.tag
    ));
    Ok(())
}

fn write_file(path: &Path) -> Result<()> {
    std::fs::write(path, FILTER_WASM).map_err(Error::io(format!("writing {}", path.display())))?;
    output::line(format_args!(
        "wrote mainsheet {} to {}",
        env!("CARGO_PKG_VERSION"),
        path.display()
    ));
    output::line(format_args!("  filter sha256:{}", artifact::sha256()));
    Ok(())
}

/// The SHA-256 of the manifest of this build's image, in hexadecimal.
pub(crate) fn image_digest() -> Result<String> {
    let image = Image::compat(FILTER_WASM)?;
    Ok(image.digest().trim_start_matches("sha256:").to_owned())
}
