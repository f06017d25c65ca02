package host

import (
	"os"
	"testing"
)

func TestLoggingSwitchesHaveNoEffect(t *testing.T) {
	names := []string{"TEA_TRACE", "TEA_DEBUG", "UV_DEBUG", "AGEDEBUG"}
	for _, name := range names {
		t.Setenv(name, "plugin")
	}
	forgetLogging()
	for _, name := range names {
		if value, set := os.LookupEnv(name); set {
			t.Errorf("%s=%s is still there", name, value)
		}
	}
}
