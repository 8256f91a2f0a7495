"""What do we know? Profiles, and how a file becomes text, sections and passages. Imports nothing of ours."""
