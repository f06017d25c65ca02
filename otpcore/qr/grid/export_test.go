package grid

// WrongModules counts the modules a version's pattern has otherwise.
func WrongModules(version int, dark func(x, y int) bool) int {
	wrong := 0
	for _, k := range patternOf(version).known {
		if dark(k.x, k.y) != k.dark {
			wrong++
		}
	}
	return wrong
}
