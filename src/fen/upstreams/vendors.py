"""The vendors that Fen knows, one row each.

Source of base URLs and key variables: each vendor's documentation (`docs`). A vendor whose streams carry
usage unasked, and who may refuse `stream_options`, has `stream_usage=False`.
"""

from __future__ import annotations

from fen.upstreams._library_vendors import LIBRARY_VENDORS
from fen.upstreams.openai import Dialect
from fen.upstreams.vendor import Vendor

BATCH_NAME = "fen_batch"
"""The member of a batch's metadata that keeps Fen's name of it, where a vendor keeps any member."""

_MAX_TOKENS = Dialect(max_tokens_field="max_tokens")
_UNASKED_USAGE = Dialect(stream_usage=False, max_tokens_field="max_tokens")


VENDORS: tuple[Vendor, ...] = (
    Vendor(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        "https://platform.openai.com/docs/api-reference",
        # `max_tokens` is deprecated and refused by the reasoning models.
        dialect=Dialect(max_tokens_field="max_completion_tokens"),
        batches=BATCH_NAME,
    ),
    Vendor(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com",
        "ANTHROPIC_API_KEY",
        "https://platform.claude.com/docs/en/api/overview",
        format="anthropic",
    ),
    Vendor(
        "deepseek",
        "DeepSeek",
        "https://api.deepseek.com/v1",
        "DEEPSEEK_API_KEY",
        "https://api-docs.deepseek.com",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "dashscope",
        "Alibaba Cloud DashScope (Qwen)",
        "https://dashscope.aliyuncs.com/compatible-mode/v1",
        "DASHSCOPE_API_KEY",
        "https://help.aliyun.com/zh/model-studio/compatibility-of-openai-with-dashscope",
        dialect=_MAX_TOKENS,
        style="partial",
        batches="ds_name",  # of metadata, it lists this and `ds_description` alone
    ),
    Vendor(
        "zhipu",
        "Zhipu AI (GLM)",
        "https://open.bigmodel.cn/api/paas/v4",
        "ZHIPUAI_API_KEY",
        "https://docs.bigmodel.cn",
        other_key_envs=("ZHIPU_API_KEY",),
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "moonshot",
        "Moonshot AI (Kimi)",
        "https://api.moonshot.cn/v1",
        "MOONSHOT_API_KEY",
        "https://platform.moonshot.cn/docs",
        dialect=_MAX_TOKENS,
        style="partial",
    ),
    Vendor(
        "minimax",
        "MiniMax",
        "https://api.minimaxi.com/v1",
        "MINIMAX_API_KEY",
        "https://platform.minimaxi.com/document",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "baichuan",
        "Baichuan",
        "https://api.baichuan-ai.com/v1",
        "BAICHUAN_API_KEY",
        "https://platform.baichuan-ai.com/docs/api",
        dialect=_UNASKED_USAGE,
    ),
    Vendor(
        "volcengine",
        "Volcengine Ark (Doubao)",
        "https://ark.cn-beijing.volces.com/api/v3",
        "ARK_API_KEY",
        "https://www.volcengine.com/docs/82379",
        other_key_envs=("VOLCENGINE_API_KEY",),
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "hunyuan",
        "Tencent Hunyuan",
        "https://api.hunyuan.cloud.tencent.com/v1",
        "HUNYUAN_API_KEY",
        "https://cloud.tencent.com/document/product/1729/111007",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "iflytek",
        "iFlytek Spark",
        "https://spark-api-open.xf-yun.com/v1",
        "SPARK_API_KEY",  # the console's "APIPassword"
        "https://www.xfyun.cn/doc/spark/HTTP%E8%B0%83%E7%94%A8%E6%96%87%E6%A1%A3.html",
        dialect=_UNASKED_USAGE,
    ),
    Vendor(
        "baidu",
        "Baidu Qianfan (ERNIE)",
        "https://qianfan.baidubce.com/v2",
        "QIANFAN_API_KEY",
        "https://cloud.baidu.com/doc/WENXINWORKSHOP/s/2m3fihw8s",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "01ai",
        "01.AI (Yi)",
        "https://api.lingyiwanwu.com/v1",
        "YI_API_KEY",  # a variable's name cannot begin with a digit
        "https://platform.lingyiwanwu.com/docs",
        other_key_envs=("LINGYIWANWU_API_KEY",),
        dialect=_UNASKED_USAGE,
    ),
    Vendor(
        "stepfun",
        "StepFun",
        "https://api.stepfun.com/v1",
        "STEP_API_KEY",
        "https://platform.stepfun.com/docs",
        other_key_envs=("STEPFUN_API_KEY",),
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "sensetime",
        "SenseTime SenseNova",
        "https://api.sensenova.cn/compatible-mode/v2",
        "SENSENOVA_API_KEY",
        "https://www.sensecore.cn/help/docs/model-as-a-service/nova",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "siliconflow",
        "SiliconFlow",
        "https://api.siliconflow.cn/v1",
        "SILICONFLOW_API_KEY",
        "https://docs.siliconflow.cn",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "mistral",
        "Mistral AI",
        "https://api.mistral.ai/v1",
        "MISTRAL_API_KEY",
        "https://docs.mistral.ai/api",
        dialect=_UNASKED_USAGE,
        style="prefix_echoed",
    ),
    Vendor(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        "GROQ_API_KEY",
        "https://console.groq.com/docs/openai",
        batches=BATCH_NAME,
    ),
    Vendor(
        "together",
        "Together AI",
        "https://api.together.xyz/v1",
        "TOGETHER_API_KEY",
        "https://docs.together.ai/docs/openai-api-compatibility",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "fireworks",
        "Fireworks AI",
        "https://api.fireworks.ai/inference/v1",
        "FIREWORKS_API_KEY",
        "https://docs.fireworks.ai/tools-sdks/openai-compatibility",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        "OPENROUTER_API_KEY",
        "https://openrouter.ai/docs",
        dialect=_MAX_TOKENS,
    ),
    Vendor("xai", "xAI (Grok)", "https://api.x.ai/v1", "XAI_API_KEY", "https://docs.x.ai/docs"),
    Vendor(
        "google",
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        "https://ai.google.dev/gemini-api/docs/openai",
        other_key_envs=("GOOGLE_API_KEY",),
    ),
    Vendor(
        "vllm",
        "vLLM",
        "http://127.0.0.1:8000/v1",
        "VLLM_API_KEY",
        "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        base_url_env="VLLM_BASE_URL",
        style="continue_final_message",
    ),
    Vendor(
        "sglang",
        "SGLang",
        "http://127.0.0.1:30000/v1",
        "SGLANG_API_KEY",
        "https://docs.sglang.ai/basic_usage/openai_api_completions.html",
        base_url_env="SGLANG_BASE_URL",
        style="continue_final_message",
    ),
    Vendor(
        "ollama",
        "Ollama",
        "http://127.0.0.1:11434/v1",
        "OLLAMA_API_KEY",
        "https://docs.ollama.com/openai",
        base_url_env="OLLAMA_BASE_URL",
        dialect=_MAX_TOKENS,
    ),
    Vendor(
        "llamacpp",
        "llama.cpp",
        "http://127.0.0.1:8080/v1",
        "LLAMACPP_API_KEY",
        "https://github.com/ggml-org/llama.cpp/tree/master/tools/server",
        base_url_env="LLAMACPP_BASE_URL",
        dialect=_MAX_TOKENS,
        style="trailing",
    ),
    *LIBRARY_VENDORS,
)
