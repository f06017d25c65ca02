package exchange

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// 2FAS writes what the user edited into the fields; otp.link is what the site
// once said, and is left alone (twofas/2fas-android, BackupContent.kt).
var twoFAS = format{
	name: "2FAS", file: "JSON (.2fas), plain or encrypted", export: "Settings › 2FAS Backup › Export",
	recognises: func(f *file) bool {
		return f.has("schemaVersion", "services") || f.has("schemaVersion", "servicesEncrypted")
	},
	read: readTwoFAS,
}

const twoFASVersion = 4

type twoFASFile struct {
	SchemaVersion     int                 `json:"schemaVersion"`
	Services          elements            `json:"services"`
	ServicesEncrypted text                `json:"servicesEncrypted"`
	Groups            listOf[twoFASGroup] `json:"groups"`
}

type twoFASGroup struct {
	ID   text `json:"id"`
	Name text `json:"name"`
}

type twoFASService struct {
	Name    text `json:"name"`
	Secret  text `json:"secret"`
	GroupID text `json:"groupId"`
	OTP     struct {
		Account   text `json:"account"`
		Label     text `json:"label"`
		Issuer    text `json:"issuer"`
		Digits    text `json:"digits"`
		Period    text `json:"period"`
		Algorithm text `json:"algorithm"`
		Counter   text `json:"counter"`
		TokenType text `json:"tokenType"`
	} `json:"otp"`
}

func readTwoFAS(r *reader, f *file) error {
	var backup twoFASFile
	if err := decode(f.text, &backup); err != nil {
		return err
	}
	if backup.SchemaVersion > twoFASVersion {
		return fmt.Errorf("version %d of its file is newer than otpane knows", backup.SchemaVersion)
	}
	services := backup.Services
	if backup.ServicesEncrypted != "" {
		content, err := r.openTwoFAS(string(backup.ServicesEncrypted))
		if err != nil {
			return err
		}
		if err := decode(string(content), &services); err != nil {
			return err
		}
	}
	groups := map[string]string{}
	for _, g := range backup.Groups {
		groups[g.ID.id()] = string(g.Name)
	}
	each(r, "service", services, func(where string, s twoFASService) {
		r.add(where, entry{
			kind: string(s.OTP.TokenType), secret: string(s.Secret),
			issuer: orElse(string(s.Name), string(s.OTP.Issuer)), name: orElse(string(s.OTP.Account), string(s.OTP.Label)),
			algorithm: s.OTP.Algorithm, digits: s.OTP.Digits, period: s.OTP.Period, counter: s.OTP.Counter,
			tags: []string{groups[s.GroupID.id()]},
		})
	})
	return nil
}

// openTwoFAS opens "sealed:salt:nonce", each in base64 (BackupService.kt).
func (r *reader) openTwoFAS(packed string) ([]byte, error) {
	parts := strings.Split(packed, ":")
	if len(parts) != 3 {
		return nil, ErrDamaged
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		if raw[i], err = decodeBase64(part); err != nil {
			return nil, ErrDamaged
		}
	}
	sealed, salt, nonce := raw[0], raw[1], raw[2]
	key, err := r.pbkdf2Key(sha256.New, salt, 10_000, 32)
	if err != nil {
		return nil, err
	}
	return openGCM(key, nonce, sealed, nil)
}
