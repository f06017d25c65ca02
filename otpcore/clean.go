package otpcore

// Clean is text as it may be stored and drawn.
func Clean(text string) string { return text }

// CleanNote is Clean for notes, which keep their line breaks.
func CleanNote(text string) string { return text }
