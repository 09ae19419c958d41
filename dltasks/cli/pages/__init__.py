"""What `dltasks read` needs for pages: documents in, layouts in, and formats of pages out."""
