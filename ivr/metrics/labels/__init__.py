"""What annotators' labels tell: accuracy, agreement, samples."""
