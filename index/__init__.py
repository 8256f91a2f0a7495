"""Where is it? Embeddings, FAISS, BM25 and the index on disk. Imports `corpus` only."""

import os

# ONNX Runtime counts its users for its maker, and huggingface_hub for its own, unless told not to before they are loaded.
for _name in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_name, "1")
