"""Where is it? Embeddings, FAISS, BM25 and the index on disk. Imports `corpus` only."""
