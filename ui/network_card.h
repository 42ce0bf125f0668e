// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/settings_values.h"
#include "ui/widgets/basics.h"

class QLineEdit;
class QSpinBox;

namespace torchdeck::ui {

class FormField;

/// The settings of the way to HUB: limits, own CA, proxy.
class NetworkCard : public Card {
    Q_OBJECT
public:
    explicit NetworkCard(QWidget *parent = nullptr);

    void setValues(const SettingsValues &values);
    void readInto(SettingsValues &values) const;
    [[nodiscard]] bool check(); ///< shows what is wrong; false when something is

    [[nodiscard]] QSpinBox *uploadLimit() const { return m_upload; }
    [[nodiscard]] QSpinBox *queueLimit() const { return m_queue; }
    [[nodiscard]] QLineEdit *caFile() const { return m_ca; }
    [[nodiscard]] QLineEdit *proxy() const { return m_proxy; }

private:
    void browse();

    QSpinBox *m_upload;
    QSpinBox *m_queue;
    QLineEdit *m_ca;
    QLineEdit *m_proxy;
    FormField *m_caField;
    FormField *m_proxyField;
};

} // namespace torchdeck::ui
