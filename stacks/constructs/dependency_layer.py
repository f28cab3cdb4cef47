"""A Lambda layer with the locked closure of one dependency group, built by uv without Docker."""

from __future__ import annotations

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.layer_build import REPOSITORY_ROOT, LayerBuild


class DependencyLayer(lambda_.LayerVersion):
    """`project.dependencies`, and those of `group` where one is named, under `python/`.

    A function uses one such layer; each is complete.
    """

    def __init__(self, scope: Construct, construct_id: str, *, group: str | None) -> None:
        """`group` is a name under [dependency-groups] of pyproject.toml, or None."""
        build = LayerBuild.of(group)
        super().__init__(
            scope,
            construct_id,
            description=f"Python dependencies: {build.name}",
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[lambda_.Architecture.ARM_64],
            code=lambda_.Code.from_asset(
                str(REPOSITORY_ROOT / "functions"),
                # Given by us: a hash of the source directory would be the same for every group,
                # and the second layer would silently get the first one's content.
                asset_hash_type=AssetHashType.CUSTOM,
                asset_hash=build.asset_hash(),
                bundling=BundlingOptions(
                    image=DockerImage.from_registry("never-used"), local=_UvBundling(build)
                ),
            ),
        )


@jsii.implements(ILocalBundling)
class _UvBundling:
    """Tells the CDK how to fill the asset; it never falls back to Docker."""

    def __init__(self, build: LayerBuild) -> None:
        self._build = build

    # One keyword has to be spelled out: jsii passes the options as keywords only then.
    def try_bundle(
        self,
        output_dir: str,
        *,
        image: DockerImage,  # noqa: ARG002
        **_options: object,
    ) -> bool:
        """Fill `output_dir`. Raises LayerBuildError, which stops the synthesis."""
        self._build.run(output_dir)
        return True
