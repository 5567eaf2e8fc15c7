"""How collected static files are named."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Names with a hash of the content, and imports of JavaScript modules that use these names too."""

    support_js_module_import_aggregation = True
