"""Four eyes for the operator's files: proposed by one person, reviewed and published by another (CBA 四十三)."""
