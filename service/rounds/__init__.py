"""What an office does with decisions: deciding, people's findings, panel sheets."""
