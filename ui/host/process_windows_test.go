package host

func running(int) bool { return false }

func end(int) {}
