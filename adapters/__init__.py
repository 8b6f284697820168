"""One module per kind of source, and the contract that every source keeps."""
