"""What a PNG says about how it was made: ours, A1111's and ComfyUI's."""
