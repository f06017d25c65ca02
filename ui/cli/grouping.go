package cli

import (
	"errors"
	"fmt"

	"otpane/ui"
)

// grouping is "auto", "off", or how many digits of a code stand together.
type grouping ui.Grouping

func (g *grouping) UnmarshalTOML(value any) error {
	switch n, isNumber := value.(int64); {
	case value == "auto":
		*g = 0
	case value == "off":
		*g = grouping(ui.Together)
	case isNumber && n >= int64(ui.MinGrouping) && n <= int64(ui.MaxGrouping):
		*g = grouping(n)
	default:
		return errors.New("no such grouping")
	}
	return nil
}

func (g grouping) words() string {
	switch ui.Grouping(g) {
	case 0:
		return "by their number"
	case ui.Together:
		return "all together"
	}
	return fmt.Sprintf("in groups of %d", g)
}
