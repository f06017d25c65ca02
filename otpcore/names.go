package otpcore

import "strings"

// Names are the accounts as lines of a menu: for each a text that means it and no
// other, to Find and to Exact. It is issuer:name, or what there is of both; where
// another account answers to the same text, or a command line would take it for a
// flag, it is the id.
func Names(accounts []Account) []string {
	answering := map[string]int{} // folded text → how many accounts it means
	for _, a := range accounts {
		seen := map[string]bool{"": true}
		for _, text := range exactTexts(a) {
			if !seen[text] {
				seen[text] = true
				answering[text]++
			}
		}
	}
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.ID
		plain := a.plainName()
		if query := fold(plain); answering[query] == 1 && foldFields(a).are(query, a.ID) && plain[0] != '-' {
			names[i] = plain
		}
	}
	return names
}

func (a Account) plainName() string {
	if a.Issuer == "" || a.Name == "" {
		return a.Issuer + a.Name
	}
	return a.Issuer + ":" + a.Name
}

// exactTexts are all queries that are this account, folded (see fields.are).
func exactTexts(a Account) []string {
	f := foldFields(a)
	texts := []string{f[inName], f[inIssuer], strings.ToLower(a.ID)}
	if f[inIssuer] != "" && f[inName] != "" {
		texts = append(texts, f[inIssuer]+":"+f[inName], f[inIssuer]+" · "+f[inName])
	}
	return texts
}
