"""Fine-tuning of the small models this package ships. Imported only by the command that trains."""
