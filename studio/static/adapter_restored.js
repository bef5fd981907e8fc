// Of an adapter that the address names; what is not open is read when it is opened.
() => document.querySelector("#adapter-page")?.offsetParent && document.querySelector("#show-adapter").click()
