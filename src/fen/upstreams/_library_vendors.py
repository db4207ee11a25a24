"""The vendors with a wire format of their own, one row each.

Source of what is carried: any-llm-sdk 1.40.2, the `_convert_completion_params` of each provider.
"""

from __future__ import annotations

from fen.upstreams.vendor import Library, Vendor

_SAMPLING = frozenset({"max_tokens", "temperature", "top_p", "stop", "reasoning_effort", "response_format"})
_TOOLS = frozenset({"tools", "tool_choice"})
_PENALTIES = frozenset({"seed", "frequency_penalty", "presence_penalty"})

LIBRARY_VENDORS: tuple[Vendor, ...] = (
    Vendor(
        "cohere",
        "Cohere",
        "https://api.cohere.com",
        "COHERE_API_KEY",
        "https://docs.cohere.com/reference/chat",
        other_key_envs=("CO_API_KEY",),
        library=Library(
            "cohere",
            carried=_SAMPLING | _TOOLS | _PENALTIES,
            renamed=(("top_p", "p"), ("stop", "stop_sequences")),
            address="base_url",
            fails_at_finish=True,
        ),
    ),
    Vendor(
        "aws",  # as the catalogue calls it
        "Amazon Bedrock",
        "",  # by region
        "AWS_BEARER_TOKEN_BEDROCK",
        "https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html",
        library=Library(
            "bedrock",
            # Of `tool_choice` it sends `required` alone.
            carried=_SAMPLING | {"tools"},
            options=(("region_name", ("AWS_REGION", "AWS_DEFAULT_REGION")),),
            blocks=True,
        ),
    ),
    Vendor(
        "vertexai",
        "Google Cloud Vertex AI",
        "",  # by project and location
        "GOOGLE_APPLICATION_CREDENTIALS",  # the path of the account's key file, where Google's client looks
        "https://docs.cloud.google.com/vertex-ai/generative-ai/docs",
        library=Library(
            "vertexai",
            carried=_SAMPLING | _TOOLS | _PENALTIES | {"service_tier"},
            options=(
                ("project", ("GOOGLE_CLOUD_PROJECT",)),
                ("location", ("GOOGLE_CLOUD_LOCATION",)),
            ),
        ),
    ),
)
