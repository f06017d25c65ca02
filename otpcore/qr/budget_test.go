package qr_test

import (
	"time"

	"otpane/otpcore/qr"
)

func init() { qr.Budget = time.Minute }
