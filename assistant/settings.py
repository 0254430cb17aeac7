"""One frozen ``Settings``: environment ``ASSISTANT_*``, then ``assistant.toml`` in the working folder, then defaults.

Functions elsewhere take plain arguments; only the command line and the server read this object.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from assistant.errors import ConfigurationError

APP_NAME = "shopping-assistant"


def cache_dir() -> Path:
    """The folder for what can be made again: converted weights and the default index."""
    return Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False))


def data_dir() -> Path:
    """The folder for what cannot: conversations, edited prompts."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


class Settings(BaseSettings):
    """Everything that can be set. Each field is ``ASSISTANT_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="ASSISTANT_", toml_file="assistant.toml", frozen=True, extra="ignore")

    encoder: str = Field("multilingual-e5-small", description="name, local folder or hub id of the sentence encoder")
    encoder_adapter: Path | None = Field(
        None, description="folder of `assistant train retrieval`: what it promoted is merged into the encoder"
    )
    reranker: str | None = Field(
        None, description="folder or hub id of a cross-encoder that reorders the first results; none by default"
    )
    generator: str = Field("gemma-3-270m", description="name, local folder or hub id of the text generator")
    generator_adapter: str = Field(
        "auto", description="folder of `assistant train blurb`; auto: the shipped one of that generator; none"
    )
    claim_reader: Path | None = Field(
        None, description="folder of `assistant train claims`: a network that reads texts beside the rules"
    )
    generator_url: str | None = Field(
        None,
        pattern=r"^https?://[^/]",
        description="address of an OpenAI-compatible server that runs the text generator, such as http://HOST:8000/v1",
    )
    generator_key: SecretStr | None = Field(None, description="what that server asks for as a bearer token")
    generator_at_once: int = Field(
        8, ge=1, description="texts written at the same time: in one batch, or in requests to a server"
    )
    device: str = Field("auto", description="auto, cpu, cuda, mps")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    cache: Path = Field(default_factory=cache_dir, description="converted weights and the default index")
    data: Path = Field(default_factory=data_dir, description="conversations and edited prompts")
    prompts: Path | None = Field(None, description="folder whose prompt files overlay the shipped ones")
    catalog: Path | None = Field(None, description="catalogue file instead of the shipped one")
    policies: Path | None = Field(None, description="folder of policy texts instead of the shipped one")
    database_url: str | None = Field(None, description="SQLAlchemy URL; SQLite in the data folder by default")
    chroma_url: str | None = Field(
        None, pattern=r"^https?://[^/]", description="address of a Chroma server that keeps the vectors of every index"
    )
    scale: Literal["local", "ray"] = Field(
        "local", description="index catalogues in this process, or embed on Ray Data"
    )
    ray_address: str | None = Field(None, description="address of a Ray cluster; a Ray on this machine by default")
    ray_workers: int = Field(2, ge=1, description="encoders that embed side by side, a processor or graphics card each")
    offline: bool = Field(False, description="never ask a model hub")
    page_size: int = Field(5, ge=1, le=20, description="cards a list shows")
    personal: bool = Field(
        True, description="note what shoppers look at, like or put into the cart, and use it for them; off: neither"
    )
    personal_weight: float = Field(
        0.1, ge=0, le=0.3, description="how much a shopper's taste may add to the score of a search result; 0: nothing"
    )
    personal_browse_weight: float = Field(
        0.8, ge=0, le=1, description="the same where a shopper asks for ideas and names no product"
    )
    personal_half_life: float = Field(
        60, gt=0, description="minutes after which what a shopper did counts for half as much"
    )
    personal_diversity: float = Field(
        0.3, ge=0, le=1, description="how much variety counts in personal lists against what fits best; 0: not at all"
    )
    personal_brand_share: float = Field(
        0.4, gt=0, le=1, description="the largest share of one brand in personal lists, as long as there are others"
    )
    promoted: str = Field("", description="promoted products: SKUs separated by commas, or a file with one a line")
    promoted_lift: float = Field(
        0, ge=0, le=0.3, description="how much a promoted product's score is lifted; they are marked as promoted then"
    )
    compiled: bool = Field(True, description="run encoder and intent classifier in ONNX Runtime on processors")
    threads: int | None = Field(None, ge=1, description="CPU threads for torch")
    retention_days: int | None = Field(
        None, ge=1, description="turns, events and feedback older than this are deleted daily; kept for ever by default"
    )
    sign_in: bool = Field(True, description="console and lab ask for a sign-in; false: on this machine only, for all")
    sign_in_idle_minutes: int = Field(120, ge=1, description="a sign-in ends without a request for this long")
    sign_in_hours: int = Field(12, ge=1, description="and after this long in any case")
    sign_in_limit: str = Field("10/15 minutes", description="sign-in attempts of one address, in all and for one name")
    sign_in_limit_name: str = Field("300/15 minutes", description="sign-in attempts for one name from all addresses")
    rate_limit_session: str = Field("60/minute", description="messages of one browser or conversation")
    rate_limit_address: str = Field("400/minute", description="messages from one address")
    trusted_proxy: str = Field("", description="addresses and CIDR blocks of proxies whose X-Forwarded-* is believed")
    proxy_user_header: str | None = Field(None, description="header in which such a proxy names who is signed in")
    public_names: str = Field("", description="host names to answer by besides loopback, separated by commas")
    mcp_token: SecretStr | None = Field(
        None, min_length=16, description="bearer token that opens /mcp to other machines; without it this machine only"
    )
    orders: Path | None = Field(
        None, description="orders for the console: a .jsonl file, or a folder with orders.json and users.json"
    )

    def __init__(self, **values: Any) -> None:
        """Read the settings.

        Raises:
            ConfigurationError: a value cannot be used or ``assistant.toml`` cannot be read; the message names it.
        """
        try:
            super().__init__(**values)
        except ValidationError as error:
            told = (
                f"setting '{'.'.join(map(str, e['loc']))}': {e['msg'].lower()} (got {str(e['input'])[:60]!r}); "
                f"mend ASSISTANT_{str(e['loc'][0]).upper()} or assistant.toml"
                for e in error.errors()
            )
            raise ConfigurationError("; ".join(told)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"assistant.toml in the working folder is no TOML: {error}") from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
