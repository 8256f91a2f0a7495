"""May I ask? The chat page and the HTTP interface. Imports `assistant` and what it re-exports."""
